/* SPDX-License-Identifier: Apache-2.0 */
/* The text form of inputs. */
#include "seeds.h"

#include <stdio.h>
#include <stdlib.h>

#include "target.h"

enum { FILE_MAX = 4 << 20 };

static int hex(char c)
{
    const char *digits = "0123456789abcdef";
    const char *at = c != '\0' ? strchr(digits, c | 0x20) : NULL;

    return at != NULL ? (int)(at - digits) : -1;
}

/* The byte that "\xHH" at `at` stands for, or -1. */
static int escape_at(struct rs_str s, size_t at)
{
    if (s.n - at < 4 || s.p[at] != '\\' || s.p[at + 1] != 'x') {
        return -1;
    }
    const int high = hex(s.p[at + 2]);
    const int low = hex(s.p[at + 3]);
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

static void put_line(struct rs_buf *out, struct rs_str line)
{
    for (size_t i = 0; i < line.n; i++) {
        const int byte = escape_at(line, i);

        rs_buf_putc(out, byte >= 0 ? (char)byte : line.p[i]);
        i += byte >= 0 ? 3 : 0;
    }
    rs_buf_putc(out, '\n');
}

static struct rs_str read_whole(const char *name, struct rs_buf *text)
{
    char path[256];

    snprintf(path, sizeof path, "tests/fuzz/seeds/%s.txt", name);
    FILE *f = fopen(path, "re");
    if (f == NULL) {
        fprintf(stderr, "fuzz: could not open %s\n", path);
        exit(1);
    }
    char *room = rs_buf_room(text, FILE_MAX);
    text->n = fread(room, 1, FILE_MAX, f);
    fclose(f);
    return rs_buf_view(text);
}

void seeds_read(const char *name, void (*see)(void *arg, struct rs_str title, struct rs_str input),
                void *arg)
{
    struct rs_buf text = {.max = FILE_MAX};
    struct rs_buf input = {.max = FILE_MAX};
    struct rs_str rest = read_whole(name, &text);
    struct rs_str title = {0};

    while (rest.n > 0 || title.p != NULL) {
        const bool is_end = rest.n == 0;
        const struct rs_str line = fuzz_line(&rest);

        if (!is_end && !rs_str_starts(line, RS_STR("=== "))) {
            put_line(&input, line);
            continue;
        }
        if (title.p != NULL) {
            see(arg, title, (struct rs_str){input.p, input.n > 0 ? input.n - 1 : 0});
        }
        title = (struct rs_str){0};
        if (!is_end) {
            title = rs_str_from(line, 4);
        }
        rs_buf_clear(&input);
    }
    rs_buf_fini(&input);
    rs_buf_fini(&text);
}

void seeds_write(struct rs_buf *out, struct rs_str input)
{
    for (size_t i = 0; i < input.n; i++) {
        const unsigned char c = (unsigned char)input.p[i];

        if (c == '\n' || (c >= 0x20 && c < 0x7F && escape_at(input, i) < 0)) {
            rs_buf_putc(out, (char)c);
        } else {
            rs_buf_fmt(out, "\\x%02X", c);
        }
    }
    rs_buf_putc(out, '\n');
}
