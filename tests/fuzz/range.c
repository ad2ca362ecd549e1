/* SPDX-License-Identifier: Apache-2.0 */
/* What a download's headers say: a size in a line, then the text that is a Range, a list of entity
 * tags, and a name. */
#include "http/file.h"

#include "target.h"

static void check_range(struct rs_str header, uint64_t size)
{
    uint64_t offset = 0;
    uint64_t length = 0;

    if (rs_range_read(header, size, &offset, &length) == RS_RANGE_PART) {
        FUZZ_HOLDS(length > 0 && offset < size && length <= size - offset, header);
    }
}

static void check_tags(struct rs_str list)
{
    const struct rs_str etag = RS_STR("abc");

    /* A strong match is a weak one too. */
    FUZZ_HOLDS(!rs_etag_is_in(list, etag, true) || rs_etag_is_in(list, etag, false), list);
}

/* A header that nobody can break out of. */
static void check_name(struct rs_cx *cx, struct rs_str name)
{
    const struct rs_str value = rs_attachment(cx->arena, name);

    FUZZ_HOLDS(rs_str_starts(value, RS_STR("attachment; filename")), value);
    for (size_t i = 0; i < value.n; i++) {
        FUZZ_HOLDS(value.p[i] >= 0x20 && value.p[i] < 0x7F, value);
    }
}

static void try_headers(struct rs_cx *cx, struct rs_str input)
{
    struct rs_str text = input;
    int64_t size = 0;

    if (!rs_str_to_i64(fuzz_line(&text), &size) || size < 0) {
        size = 1000;
        text = input;
    }
    check_range(text, (uint64_t)size);
    check_tags(text);
    check_name(cx, text);
}

static void put_words(void (*put)(struct rs_str word))
{
    static const char *const words[] = {"bytes=",
                                        "bytes=0-",
                                        "bytes=-1",
                                        ",",
                                        "\"abc\"",
                                        "W/\"abc\"",
                                        "*",
                                        "18446744073709551615",
                                        "9223372036854775807"};

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        put(rs_str_of(words[i]));
    }
}

const struct fuzz_target fuzz_range = {.name = "range",
                                       .what = "Range, entity tags, names of files in headers",
                                       .one = try_headers,
                                       .words = put_words};
