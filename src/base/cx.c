/* SPDX-License-Identifier: Apache-2.0 */
/* Errors by value in the context: the error path allocates nothing. */
#include "base/cx.h"

#include <stdarg.h>
#include <stdio.h>

static const char *const code_names[RS_N_CODES] = {
    [RS_OK] = "ok",
    [RS_INVALID] = "invalid",
    [RS_NOT_FOUND] = "not_found",
    [RS_EXISTS] = "exists",
    [RS_CONFLICT] = "conflict",
    [RS_UNMET] = "unmet",
    [RS_DENIED] = "denied",
    [RS_UNAUTHENTICATED] = "unauthenticated",
    [RS_TOO_LARGE] = "too_large",
    [RS_BUSY] = "busy",
    [RS_UNAVAILABLE] = "unavailable",
    [RS_LATE] = "late",
    [RS_UNSUPPORTED] = "unsupported",
    [RS_CORRUPT] = "corrupt",
    [RS_INTERNAL] = "internal",
};

/* Takes back the sequence that the cut at n went through, if it did, so that the message stays
 * valid UTF-8. A sequence has at most four bytes, so its start is among the last three. */
static void cut_at_code_point(char *text, size_t n)
{
    for (size_t back = 1; back <= 3 && back <= n; back++) {
        const unsigned char c = (unsigned char)text[n - back];
        const size_t length = c >= 0xF0 ? 4 : c >= 0xE0 ? 3 : c >= 0xC0 ? 2 : 1;

        if (length > back) {
            text[n - back] = '\0';
        }
        if ((c & 0xC0) != 0x80) {
            return;
        }
    }
}

enum rs_code rs_fail(struct rs_cx *cx, enum rs_code code, const char *fmt, ...)
{
    va_list args;

    if (cx->error.code != RS_OK) {
        return cx->error.code;
    }
    cx->error.code = code;
    va_start(args, fmt);
    const int n = vsnprintf(cx->error.message, sizeof cx->error.message, fmt, args);
    va_end(args);
    if (n >= (int)sizeof cx->error.message) {
        cut_at_code_point(cx->error.message, sizeof cx->error.message - 1);
    }
    return code;
}

void rs_cx_clear(struct rs_cx *cx)
{
    cx->error.code = RS_OK;
    cx->error.message[0] = '\0';
}

const char *rs_code_name(enum rs_code code)
{
    return (unsigned)code < RS_N_CODES ? code_names[code] : "internal";
}
