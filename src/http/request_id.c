/* SPDX-License-Identifier: Apache-2.0 */
/* Names of requests. A random id for each would cost more than reading a small request; a prefix
 * that no other life of the server has, and a counter, are as good. */
#include "http/request_id.h"

#include "base/id.h"

enum {
    NUMBER_DIGITS = 10, /* hexadecimal: a year of 30,000 requests a second */
    OWN_LEN = RS_REQUEST_ID_PREFIX + 1 + NUMBER_DIGITS,
};

static const char digits[] = "0123456789abcdef";

void rs_request_ids_init(struct rs_request_ids *ids)
{
    unsigned char raw[RS_REQUEST_ID_PREFIX];

    rs_random(raw, sizeof raw);
    for (size_t i = 0; i < sizeof raw; i++) {
        ids->prefix[i] = digits[raw[i] & 0x0F];
    }
    atomic_init(&ids->next, 0);
}

/* Nothing that could forge a line of a log or a header. */
static bool is_fine(struct rs_str s)
{
    for (size_t i = 0; i < s.n; i++) {
        const char c = s.p[i];
        const bool alnum = (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');

        if (!alnum && c != '.' && c != '_' && c != '-') {
            return false;
        }
    }
    return s.n > 0 && s.n <= RS_REQUEST_ID_MAX;
}

struct rs_str rs_request_id(struct rs_request_ids *ids, struct rs_arena *a, struct rs_str own)
{
    if (own.p != NULL && is_fine(own)) {
        return rs_arena_str(a, own);
    }
    unsigned long long number = atomic_fetch_add_explicit(&ids->next, 1, memory_order_relaxed);
    char *out = rs_arena_alloc(a, OWN_LEN + 1, 1);

    memcpy(out, ids->prefix, RS_REQUEST_ID_PREFIX);
    out[RS_REQUEST_ID_PREFIX] = '-';
    for (size_t i = OWN_LEN; i > RS_REQUEST_ID_PREFIX + 1; i--) {
        out[i - 1] = digits[number & 0x0F];
        number >>= 4;
    }
    return (struct rs_str){out, OWN_LEN};
}
