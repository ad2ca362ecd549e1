/* SPDX-License-Identifier: Apache-2.0 */
/* Conditions first, then the range: the order of RFC 9110, section 13.2.2. */
#include "http/file.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

bool rs_etag_is_in(struct rs_str list, struct rs_str etag, bool strong)
{
    while (list.n > 0) {
        const size_t comma = rs_str_find(list, ',', 0);
        struct rs_str tag = rs_str_trim((struct rs_str){list.p, comma});

        if (rs_str_is(tag, "*")) {
            return true;
        }
        if (!strong && rs_str_starts(tag, RS_STR("W/"))) {
            tag = rs_str_from(tag, 2);
        }
        if (tag.n == etag.n + 2 && tag.p[0] == '"' &&
            rs_str_eq((struct rs_str){tag.p + 1, etag.n}, etag)) {
            return true;
        }
        list = rs_str_from(list, comma < list.n ? comma + 1 : comma);
    }
    return false;
}

/* A digit string, or -1. */
static int64_t number(struct rs_str s)
{
    int64_t v = 0;

    return s.n > 0 && s.p[0] >= '0' && s.p[0] <= '9' && rs_str_to_i64(s, &v) ? v : -1;
}

enum rs_range rs_range_read(struct rs_str header, uint64_t size, uint64_t *offset, uint64_t *length)
{
    const struct rs_str unit = RS_STR("bytes=");

    if (!rs_str_starts(header, unit) || rs_str_find(header, ',', 0) < header.n) {
        return RS_RANGE_WHOLE;
    }
    const struct rs_str spec = rs_str_trim(rs_str_from(header, unit.n));
    const size_t dash = rs_str_find(spec, '-', 0);
    if (dash == spec.n) {
        return RS_RANGE_WHOLE;
    }
    const int64_t first = number((struct rs_str){spec.p, dash});
    const int64_t last = number(rs_str_from(spec, dash + 1));
    if (dash == 0) {
        if (last < 0) {
            return RS_RANGE_WHOLE;
        }
        *length = (uint64_t)last < size ? (uint64_t)last : size;
        *offset = size - *length;
        return *length > 0 ? RS_RANGE_PART : RS_RANGE_OUTSIDE;
    }
    if (first < 0 || (dash + 1 < spec.n && last < first)) {
        return RS_RANGE_WHOLE;
    }
    if ((uint64_t)first >= size) {
        return RS_RANGE_OUTSIDE;
    }
    *offset = (uint64_t)first;
    *length = size - *offset;
    if (dash + 1 < spec.n && (uint64_t)(last - first) < *length) {
        *length = (uint64_t)(last - first) + 1;
    }
    return RS_RANGE_PART;
}

/* ASCII letters, digits and marks that need no quotes (RFC 9110, token). */
static bool is_token(struct rs_str s)
{
    for (size_t i = 0; i < s.n; i++) {
        const char c = s.p[i];
        const bool alnum = (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');

        if (!alnum && (c == '\0' || strchr("!#$%&+-.^_`|~", c) == NULL)) {
            return false;
        }
    }
    return s.n > 0;
}

/* The ASCII letters below the marks of U+00C0 to U+017F ('.': there is none), by Unicode's
 * decomposition. */
static const char latin[] = "AAAAAA.CEEEEIIII.NOOOOO..UUUUY..aaaaaa.ceeeeiiii.nooooo..uuuuy.y"
                            "AaAaAaCcCcCcCcDd..EeEeEeEeEeGgGgGgGgHh..IiIiIiIiI...JjKk.LlLlLlL"
                            "l..NnNnNnn..OoOoOo..RrRrRrSsSsSsSsTtTt..UuUuUuUuUuUuWwYyYZzZzZzs";

/* What an old browser gets of a code point; 0: nothing. */
static char ascii_of(int32_t c)
{
    if (c >= 0x20 && c < 0x7F) {
        return (char)c;
    }
    if (c < 0xC0 || c >= 0x180 || latin[c - 0xC0] == '.') {
        return '\0';
    }
    return latin[c - 0xC0];
}

struct rs_str rs_attachment(struct rs_arena *a, struct rs_str name)
{
    char *quoted = RS_NEW_N(a, char, name.n * 2 + 1);
    size_t n = 0;
    size_t at = 0;
    bool plain = true;

    if (is_token(name)) {
        return rs_arena_fmt(a, "attachment; filename=" RS_FMT, RS_ARG(name));
    }
    while (at < name.n) {
        const size_t from = at;
        const int32_t code = rs_utf8_next(name, &at);
        const char c = ascii_of(code);

        at += at == from; /* not UTF-8 */
        if (c == '"' || c == '\\') {
            quoted[n++] = '\\';
        }
        if (c != '\0') {
            quoted[n++] = c;
        }
        plain = plain && c == code;
    }
    if (plain) {
        return rs_arena_fmt(a, "attachment; filename=\"%s\"", quoted);
    }
    const struct rs_str exact = rs_uri_encode(a, name, "!#$&+^`|");
    return rs_arena_fmt(a, "attachment; filename=\"%s\"; filename*=UTF-8''" RS_FMT, quoted,
                        RS_ARG(exact));
}

static struct rs_str http_date(struct rs_arena *a, int64_t ms)
{
    const time_t seconds = (time_t)(ms / 1000);
    char text[64];
    struct tm utc;

    gmtime_r(&seconds, &utc);
    const size_t n = strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &utc);
    return rs_arena_str(a, (struct rs_str){text, n});
}

static void put_headers(struct rs_exchange *x, const struct rs_file *f)
{
    struct rs_arena *a = x->cx.arena;

    rs_exchange_set(x, "ETag", rs_arena_fmt(a, "\"" RS_FMT "\"", RS_ARG(f->etag)));
    rs_exchange_set(x, "Last-Modified", http_date(a, f->modified_ms));
    rs_exchange_set(x, "Accept-Ranges", RS_STR("bytes"));
    rs_exchange_set(x, "Cache-Control", rs_str_of(f->keep != NULL ? f->keep : "no-cache"));
    if (!f->is_ours) {
        rs_exchange_set(x, "Content-Security-Policy", RS_STR("sandbox"));
    }
}

/* Those of a reply that has bytes. */
static void put_headers_of_bytes(struct rs_exchange *x, const struct rs_file *f)
{
    if (!f->is_ours) {
        rs_exchange_set(x, "Content-Disposition", rs_attachment(x->cx.arena, f->name));
    }
    if (f->coding != NULL) {
        rs_exchange_set(x, "Content-Encoding", rs_str_of(f->coding));
    }
}

/* 304, 412, or 0 when the file is wanted. */
static unsigned check_conditions(const struct rs_exchange *x, const struct rs_file *f)
{
    const struct rs_str match = rs_exchange_header(x, "If-Match");
    const struct rs_str none = rs_exchange_header(x, "If-None-Match");

    if (match.p != NULL && !rs_etag_is_in(match, f->etag, true)) {
        return 412;
    }
    return none.p != NULL && rs_etag_is_in(none, f->etag, false) ? 304 : 0;
}

static enum rs_range wanted_range(const struct rs_exchange *x, const struct rs_file *f,
                                  uint64_t *offset, uint64_t *length)
{
    const struct rs_str range = rs_exchange_header(x, "Range");
    const struct rs_str only_if = rs_exchange_header(x, "If-Range");

    if (range.p == NULL || (only_if.p != NULL && !rs_etag_is_in(only_if, f->etag, true))) {
        return RS_RANGE_WHOLE;
    }
    return rs_range_read(range, f->size, offset, length);
}

void rs_reply_file(struct rs_exchange *x, const struct rs_file *f)
{
    struct rs_reply *r = &x->reply;
    struct rs_arena *a = x->cx.arena;
    uint64_t offset = 0;
    uint64_t length = f->size;
    const enum rs_range range = wanted_range(x, f, &offset, &length);

    put_headers(x, f);
    r->status = check_conditions(x, f);
    if (r->status == 0 && range == RS_RANGE_OUTSIDE) {
        r->status = 416;
        rs_exchange_set(x, "Content-Range",
                        rs_arena_fmt(a, "bytes */%llu", (unsigned long long)f->size));
    }
    if (r->status != 0) {
        close(f->fd);
        return;
    }
    r->status = range == RS_RANGE_PART ? 206 : 200;
    r->content_type = f->media_type;
    r->fd = f->fd;
    r->offset = offset;
    r->length = length;
    put_headers_of_bytes(x, f);
    if (range == RS_RANGE_PART) {
        rs_exchange_set(x, "Content-Range",
                        rs_arena_fmt(a, "bytes %llu-%llu/%llu", (unsigned long long)offset,
                                     (unsigned long long)(offset + length - 1),
                                     (unsigned long long)f->size));
    }
}
