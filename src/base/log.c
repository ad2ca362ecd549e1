/* SPDX-License-Identifier: Apache-2.0 */
/* A line is built on the stack, without malloc and without a lock, and handed to the kernel whole.
 * It never exceeds PIPE_BUF: a longer write to a pipe may be split between the lines of others.
 * Values come from clients, so whatever could forge a line or drive a terminal is escaped:
 * controls, quotes, and the Unicode characters that break lines or turn the direction of text. */
#include "base/log.h"

#include <errno.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"

enum {
    END_ROOM = 16
}; /* kept free for what ends a line: the mark of a cut, a brace, the newline */

static enum rs_log_format log_format = RS_LOG_TEXT;
static enum rs_log_level log_least = RS_LOG_INFO;
static _Atomic uint64_t log_dropped;

static const char *const level_names[] = {"debug", "info", "warn", "error"};

/* A line in the making. Bytes that do not fit are dropped and `over` stands. */
struct line {
    size_t n;
    size_t max; /* how far n may go now, at most sizeof text */
    bool json;
    bool over;
    char text[RS_LOG_LINE_MAX];
};

static void put(struct line *l, const char *bytes, size_t n)
{
    if (l->over || n > l->max - l->n) {
        l->over = true;
        return;
    }
    memcpy(l->text + l->n, bytes, n);
    l->n += n;
}

static void put_z(struct line *l, const char *z)
{
    put(l, z, strlen(z));
}

/* Characters that are never written as they are: C0 and C1 controls, line and paragraph separators,
 * and the marks that turn the direction of text. */
static bool is_control(int32_t c)
{
    return c < 0x20 || (c >= 0x7F && c <= 0x9F) || (c >= 0x2028 && c <= 0x202E) ||
           (c >= 0x2066 && c <= 0x2069);
}

/* Writes to out (of 16 bytes) how the character c stands in a quoted value, and returns the length;
 * the sequence `raw` is how it stood in the input. c is -1 for one byte of broken UTF-8. */
static size_t escape(bool json, int32_t c, struct rs_str raw, char *out)
{
    int n = 0;

    if (c == '"' || c == '\\') {
        n = snprintf(out, 16, "\\%c", (char)c);
    } else if (c == '\n' || c == '\r' || c == '\t') {
        n = snprintf(out, 16, "\\%c", c == '\n' ? 'n' : c == '\r' ? 'r' : 't');
    } else if (c < 0 && json) {
        n = snprintf(out, 16, "\xEF\xBF\xBD"); /* U+FFFD, the replacement character */
    } else if (c < 0) {
        n = snprintf(out, 16, "\\x%02x", (unsigned)(unsigned char)raw.p[0]);
    } else if (is_control(c)) {
        n = snprintf(out, 16, "\\u%04x", (unsigned)c);
    } else {
        memcpy(out, raw.p, raw.n);
        n = (int)raw.n;
    }
    return (size_t)n;
}

/* Writes s in quotes. What does not fit into RS_LOG_VALUE_MAX is replaced by three dots. */
static void put_quoted(struct line *l, struct rs_str s)
{
    size_t written = 0;

    put_z(l, "\"");
    size_t last = l->n; /* where the dots would go */
    for (size_t at = 0; at < s.n;) {
        const size_t start = at;
        char piece[16];
        const int32_t c = rs_utf8_next(s, &at);

        at += c < 0;
        const size_t n = escape(l->json, c, (struct rs_str){s.p + start, at - start}, piece);
        if (written + n > RS_LOG_VALUE_MAX) {
            l->n = last;
            put_z(l, "...");
            break;
        }
        put(l, piece, n);
        written += n;
        last = written <= RS_LOG_VALUE_MAX - 3 ? l->n : last;
    }
    put_z(l, "\"");
}

/* Whether a text value can stand without quotes and still be told from the next field. */
static bool is_bare(struct rs_str s)
{
    for (size_t i = 0; i < s.n; i++) {
        const char c = s.p[i];

        if (c <= ' ' || c > '~' || c == '"' || c == '=' || c == '\\') {
            return false;
        }
    }
    return s.n > 0 && s.n <= RS_LOG_VALUE_MAX;
}

static void put_name(struct line *l, const char *name)
{
    if (l->json) {
        put_z(l, l->n > 1 ? ",\"" : "\"");
        put_z(l, name);
        put_z(l, "\":");
        return;
    }
    put_z(l, l->n > 0 ? " " : "");
    put_z(l, name);
    put_z(l, "=");
}

static void put_str(struct line *l, const char *name, struct rs_str s)
{
    put_name(l, name);
    if (!l->json && is_bare(s)) {
        put(l, s.p, s.n);
        return;
    }
    put_quoted(l, s);
}

static void put_i64(struct line *l, const char *name, int64_t v)
{
    char text[24];
    const int n = snprintf(text, sizeof text, "%" PRId64, v);

    put_name(l, name);
    put(l, text, (size_t)n);
}

static void put_time(struct line *l, int64_t ms)
{
    const time_t seconds = (time_t)(ms / 1000);
    struct tm t;
    char text[40];

    if (gmtime_r(&seconds, &t) == NULL) {
        return;
    }
    const size_t n = strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &t);
    const int more = snprintf(text + n, sizeof text - n, ".%03dZ", (int)(ms % 1000));
    put_str(l, "time", (struct rs_str){text, n + (size_t)more});
}

/* Adds one field, or, where it does not fit, nothing: half a field would break the line for its
 * readers. */
static void put_field(struct line *l, const struct rs_log_field *f)
{
    const size_t before = l->n;

    if (l->over || (!f->is_number && f->s.p == NULL)) {
        return;
    }
    if (f->is_number) {
        put_i64(l, f->name, f->i);
    } else {
        put_str(l, f->name, f->s);
    }
    if (l->over) {
        l->n = before;
    }
}

static void end_line(struct line *l)
{
    const bool cut = l->over;

    l->over = false;
    l->max = sizeof l->text;
    if (cut) {
        put_i64(l, "cut", 1);
    }
    put_z(l, l->json ? "}\n" : "\n");
}

/* Whether the whole line went out. A line that went out in part (a full disk) counts as lost. */
static bool write_line(const struct line *l)
{
    ssize_t n = 0;

    do {
        n = write(STDERR_FILENO, l->text, l->n);
    } while (n < 0 && errno == EINTR);
    return n == (ssize_t)l->n;
}

void rs_log_init(enum rs_log_format format, enum rs_log_level least)
{
    log_format = format;
    log_least = least;
}

bool rs_log_is_on(enum rs_log_level level)
{
    return level >= log_least;
}

void rs_log_write(enum rs_log_level level, const char *event, const struct rs_log_field *fields,
                  size_t n)
{
    const int caller_errno = errno;
    struct line l;

    l.n = 0;
    l.max = sizeof l.text - END_ROOM;
    l.json = log_format == RS_LOG_JSON;
    l.over = false;
    put_z(&l, l.json ? "{" : "");
    put_time(&l, rs_clock_wall_ms());
    put_str(&l, "level", rs_str_of(level_names[level]));
    put_str(&l, "event", rs_str_of(event));
    for (size_t i = 0; i < n; i++) {
        put_field(&l, &fields[i]);
    }
    end_line(&l);
    if (!write_line(&l)) {
        atomic_fetch_add_explicit(&log_dropped, 1, memory_order_relaxed);
    }
    errno = caller_errno;
}

uint64_t rs_log_dropped(void)
{
    return atomic_load_explicit(&log_dropped, memory_order_relaxed);
}
