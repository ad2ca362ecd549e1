/* SPDX-License-Identifier: Apache-2.0 */
/* Lines for people. Progress is one line that is written over, and only where a terminal shows it.
 */
#include "upkeep/report.h"

#include <stdarg.h>

#include "base/clock.h"

enum { PROGRESS_MS = 100 };

static const char WIPE[] = "\r\033[K";

/* Whether a code point would move a cursor, end a line or turn the direction of text. */
static bool is_harmful(int32_t c)
{
    return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x200E || c == 0x200F ||
           (c >= 0x2028 && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
}

static void put_text(FILE *out, struct rs_str s)
{
    for (size_t at = 0; at < s.n;) {
        const size_t from = at;
        const int32_t c = rs_utf8_next(s, &at);

        at += at == from; /* not UTF-8 */
        if (is_harmful(c)) {
            putc('?', out);
        } else {
            fwrite(s.p + from, 1, at - from, out);
        }
    }
}

void rs_report_finding(struct rs_report *r, const char *what, struct rs_str where,
                       const char *advice)
{
    rs_report_end(r);
    r->findings++;
    fprintf(r->out, "%s: ", what);
    put_text(r->out, where);
    fprintf(r->out, ": %s\n", advice);
}

void rs_report_error(const struct rs_cx *cx)
{
    fputs("runestone: ", stderr);
    put_text(stderr, rs_str_of(cx->error.message));
    putc('\n', stderr);
}

void rs_report_note(struct rs_report *r, const char *fmt, ...)
{
    va_list args;

    rs_report_end(r);
    va_start(args, fmt);
    vfprintf(r->out, fmt, args);
    va_end(args);
    putc('\n', r->out);
}

void rs_report_progress(struct rs_report *r, const struct rs_progress *p)
{
    const int64_t now_ns = rs_clock_mono_ns();

    if (r->progress == NULL || now_ns < r->next_ns) {
        return;
    }
    r->next_ns = now_ns + RS_MS_AS_NS(PROGRESS_MS);
    fprintf(r->progress, "%s%s", WIPE, p->step);
    if (p->all > 0) {
        fprintf(r->progress, ": %lld of %lld, %.1f of %.1f MB", (long long)p->done,
                (long long)p->all, (double)p->bytes / 1e6, (double)p->all_bytes / 1e6);
    }
    fflush(r->progress);
}

void rs_report_end(struct rs_report *r)
{
    if (r->progress != NULL) {
        fputs(WIPE, r->progress);
        fflush(r->progress);
        r->next_ns = 0;
    }
    fflush(r->out);
}
