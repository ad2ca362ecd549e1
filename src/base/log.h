/* SPDX-License-Identifier: Apache-2.0 */
/* The log: one line an event on standard error, as text (key=value) or as JSON. May be included by
 * every room but model. The only file-scope state that changes in the program lives behind this
 * header: format and level.
 *
 *     rs_log(RS_LOG_WARN, "commit_failed", RS_LOG_S("why", why), RS_LOG_I("calls", n));
 */
#ifndef RS_BASE_LOG_H
#define RS_BASE_LOG_H

#include "base/str.h"

enum rs_log_level { RS_LOG_DEBUG, RS_LOG_INFO, RS_LOG_WARN, RS_LOG_ERROR };
enum rs_log_format { RS_LOG_TEXT, RS_LOG_JSON };

/* Made by the three macros below. */
struct rs_log_field {
    const char *name; /* a fixed word in snake_case */
    struct rs_str s;  /* the value where is_number is false; an absent one leaves its field out */
    int64_t i;        /* the value where is_number is true */
    bool is_number;
};

#define RS_LOG_S(name, value) ((struct rs_log_field){name, value, 0, false})
#define RS_LOG_Z(name, value) ((struct rs_log_field){name, rs_str_of(value), 0, false})
#define RS_LOG_I(name, value) ((struct rs_log_field){name, {NULL, 0}, (int64_t)(value), true})

enum {
    RS_LOG_LINE_MAX = 4096,  /* bytes with the newline: PIPE_BUF, which a pipe takes whole */
    RS_LOG_VALUE_MAX = 2048, /* bytes of one value as written, escapes counted */
};

/* Called once, before the first line and before threads. Without it: text, from RS_LOG_INFO on. */
void rs_log_init(enum rs_log_format format, enum rs_log_level least);

bool rs_log_is_on(enum rs_log_level level);

/* Writes one line with the time (RFC 3339, UTC, ms), the level, the event and the fields, by one
 * write(2): lines of threads do not mix. Control characters, quotes and terminal escapes are
 * escaped. A cut value ends in "..."; fields beyond RS_LOG_LINE_MAX are left out, and the line ends
 * in cut=1. A line that cannot be written is counted (rs_log_dropped) and never blocks the server's
 * work with an error. */
void rs_log_write(enum rs_log_level level, const char *event, const struct rs_log_field *fields,
                  size_t n);

/* At least one field; the fields are evaluated only where the level is on. */
#define rs_log(level, event, ...)                                                                  \
    do {                                                                                           \
        if (rs_log_is_on(level)) {                                                                 \
            const struct rs_log_field rs_log_fields[] = {__VA_ARGS__};                             \
            rs_log_write((level), (event), rs_log_fields,                                          \
                         sizeof rs_log_fields / sizeof rs_log_fields[0]);                          \
        }                                                                                          \
    } while (0)

/* Lines that could not be written since the start. */
uint64_t rs_log_dropped(void);

#endif
