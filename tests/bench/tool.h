/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the programs of the bench share: dying loudly, the clock, strict numbers, a growing text,
 * and reading a file as lines. None of them is part of the product; they end the process where the
 * product answers a code.
 *
 * May be included by: tests/bench.
 */
#ifndef RS_BENCH_TOOL_H
#define RS_BENCH_TOOL_H

#include <stddef.h>
#include <stdint.h>

#define RS_NS_PER_S 1000000000ULL

/* Text under construction, always with room for what comes: grows without bound. Yours: free(p). */
struct rs_text {
    char *p;
    size_t n;
    size_t cap;
};

/* The lines of a file. Both arrays are yours, for the life of the process. */
struct rs_lines {
    const char **line; /* without their newlines, each ended by a NUL */
    size_t n;
};

/* Writes "bench: message" to stderr and exits with 1. */
_Noreturn void rs_die(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Nanoseconds of the monotonic clock. */
uint64_t rs_now_ns(void);

/* Microseconds of CPU, user and system, that this process has used. */
uint64_t rs_cpu_us(void);

/* The whole of `text` as a decimal number of at least 0; dies naming `what` on anything else. */
uint64_t rs_number(const char *what, const char *text);

/* Memory that is there: dies where malloc would answer NULL. */
void *rs_alloc(size_t n);

/* Makes room for `n` more bytes, and appends them. */
void rs_text_room(struct rs_text *t, size_t n);
void rs_text_add(struct rs_text *t, const char *p, size_t n);
void rs_text_str(struct rs_text *t, const char *s);
void rs_text_u64(struct rs_text *t, uint64_t v);

/* Reads a file of at least one line. Dies where there is none. */
struct rs_lines rs_lines_read(const char *path);

/* A non-negative hash of two numbers, the same on every machine: splitmix64's last step. */
uint64_t rs_mix(uint64_t seed, uint64_t n);

/* `n` bytes, a multiple of 8, that do not compress. Yours: free. */
char *rs_noise(size_t n);

/* Connects to 127.0.0.1:port, without Nagle. Dies when nobody listens. Yours: close(fd). */
int rs_connect(uint16_t port);

#endif
