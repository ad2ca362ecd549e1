/* SPDX-License-Identifier: Apache-2.0 */
/* Page tokens: base64 of a version, the search's fingerprint, and the values, all numbers in
 * little-endian order. */
#include "model/page.h"

#include "base/digest.h"
#include "model/where.h"

#include <assert.h>

enum {
    VERSION = 1,
    U64_BYTES = 8,
    HEAD_BYTES = 1 + U64_BYTES + 1,   /* version, query, number of values */
    VALUE_HEAD_BYTES = 1 + U64_BYTES, /* kind, and the number or the length of the text */
};

static void put_u64(unsigned char *out, uint64_t v)
{
    for (int i = 0; i < U64_BYTES; i++) {
        out[i] = (unsigned char)(v >> (8 * i));
    }
}

static uint64_t get_u64(const char *p)
{
    uint64_t v = 0;

    for (int i = 0; i < U64_BYTES; i++) {
        v |= (uint64_t)(unsigned char)p[i] << (8 * i);
    }
    return v;
}

uint64_t rs_page_query(const struct rs_str *parts, size_t n)
{
    unsigned char length[U64_BYTES];
    uint64_t hash = RS_HASH_START;

    for (size_t i = 0; i < n; i++) {
        put_u64(length, parts[i].n);
        hash = rs_str_hash(hash, (struct rs_str){(const char *)length, sizeof length});
        hash = rs_str_hash(hash, parts[i]);
    }
    return hash;
}

/* What stands behind the kind of a value: its bits, or how long its text is. */
static uint64_t bits_of(const struct rs_val *v)
{
    uint64_t bits = 0;

    if (v->kind == RS_VAL_I64) {
        bits = (uint64_t)v->i;
    } else if (v->kind == RS_VAL_F64) {
        memcpy(&bits, &v->f, sizeof bits);
    } else if (v->kind == RS_VAL_STR) {
        bits = v->s.n;
    }
    return bits;
}

static size_t text_bytes(const struct rs_val *v)
{
    return v->kind == RS_VAL_STR ? v->s.n : 0;
}

struct rs_str rs_page_text(struct rs_arena *a, const struct rs_page *page)
{
    size_t size = HEAD_BYTES;

    assert(page->n <= RS_PAGE_VALUES_MAX);
    for (size_t i = 0; i < page->n; i++) {
        size += VALUE_HEAD_BYTES + text_bytes(&page->values[i]);
    }
    unsigned char *bytes = rs_arena_alloc(a, size, 1);
    unsigned char *out = bytes + HEAD_BYTES;

    bytes[0] = VERSION;
    put_u64(bytes + 1, page->query);
    bytes[1 + U64_BYTES] = (unsigned char)page->n;
    for (size_t i = 0; i < page->n; i++) {
        const struct rs_val *v = &page->values[i];

        out[0] = (unsigned char)v->kind;
        put_u64(out + 1, bits_of(v));
        if (text_bytes(v) > 0) {
            memcpy(out + VALUE_HEAD_BYTES, v->s.p, v->s.n);
        }
        out += VALUE_HEAD_BYTES + text_bytes(v);
    }
    return rs_base64(a, bytes, size);
}

/* Takes one value from the front of rest; false when there is none. */
static bool take_value(struct rs_str *rest, struct rs_val *out)
{
    if (rest->n < VALUE_HEAD_BYTES) {
        return false;
    }
    const unsigned char kind = (unsigned char)rest->p[0];
    const uint64_t bits = get_u64(rest->p + 1);

    *rest = rs_str_from(*rest, VALUE_HEAD_BYTES);
    if (kind == RS_VAL_STR) {
        if (bits > rest->n || !rs_utf8_is_valid((struct rs_str){rest->p, bits})) {
            return false;
        }
        *out = rs_text((struct rs_str){rest->p, bits});
        *rest = rs_str_from(*rest, bits);
        return true;
    }
    *out = kind == RS_VAL_I64 ? rs_i64((int64_t)bits) : rs_null();
    if (kind == RS_VAL_F64) {
        *out = rs_f64(0);
        memcpy(&out->f, &bits, sizeof bits);
    }
    return kind == RS_VAL_I64 || kind == RS_VAL_F64 || (kind == RS_VAL_NULL && bits == 0);
}

static bool read_page(struct rs_arena *a, struct rs_str bytes, struct rs_page *out)
{
    if (bytes.n < HEAD_BYTES || bytes.p[0] != VERSION) {
        return false;
    }
    const size_t n = (unsigned char)bytes.p[1 + U64_BYTES];
    struct rs_val *values = RS_NEW_N(a, struct rs_val, n + 1);
    struct rs_str rest = rs_str_from(bytes, HEAD_BYTES);

    for (size_t i = 0; i < n; i++) {
        if (!take_value(&rest, &values[i])) {
            return false;
        }
    }
    *out = (struct rs_page){.query = get_u64(bytes.p + 1), .values = values, .n = n};
    return rest.n == 0 && n <= RS_PAGE_VALUES_MAX;
}

enum rs_code rs_page_parse(struct rs_cx *cx, struct rs_str text, uint64_t query,
                           struct rs_page *out)
{
    struct rs_str bytes;

    if (!rs_base64_decode(cx->arena, text, &bytes)) {
        return rs_fail(cx, RS_INVALID, "Invalid page token, could not base64-decode");
    }
    if (!read_page(cx->arena, bytes, out)) {
        const struct rs_str quoted = rs_quote_repr(cx->arena, bytes);

        return rs_fail(cx, RS_INVALID, "Invalid page token, decoded value=b" RS_FMT,
                       RS_ARG(quoted));
    }
    if (out->query != query) {
        return rs_fail(cx, RS_INVALID, "Invalid page token, it belongs to another search");
    }
    return RS_OK;
}
