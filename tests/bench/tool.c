/* SPDX-License-Identifier: Apache-2.0 */
/* What the programs of the bench share; see tool.h. */
#include "tool.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>

void rs_die(const char *fmt, ...)
{
    va_list args;

    fputs("bench: ", stderr);
    va_start(args, fmt);
    vfprintf(stderr, fmt, args);
    va_end(args);
    fputc('\n', stderr);
    exit(1);
}

uint64_t rs_now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * RS_NS_PER_S + (uint64_t)now.tv_nsec;
}

uint64_t rs_cpu_us(void)
{
    struct rusage used;

    getrusage(RUSAGE_SELF, &used);
    return (uint64_t)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1000000ULL +
           (uint64_t)(used.ru_utime.tv_usec + used.ru_stime.tv_usec);
}

uint64_t rs_number(const char *what, const char *text)
{
    char *end;

    errno = 0;
    const unsigned long long v = strtoull(text, &end, 10);
    if (errno != 0 || *end != '\0' || text[0] < '0' || text[0] > '9')
        rs_die("%s must be a whole number, got \"%s\"", what, text);
    return v;
}

void *rs_alloc(size_t n)
{
    void *p = calloc(1, n);

    if (p == NULL)
        rs_die("could not allocate %zu bytes", n);
    return p;
}

void rs_text_room(struct rs_text *t, size_t n)
{
    if (t->n + n <= t->cap)
        return;
    t->cap = (t->n + n) * 2;
    t->p = realloc(t->p, t->cap);
    if (t->p == NULL)
        rs_die("could not allocate %zu bytes", t->cap);
}

void rs_text_add(struct rs_text *t, const char *p, size_t n)
{
    rs_text_room(t, n);
    memcpy(t->p + t->n, p, n);
    t->n += n;
}

void rs_text_str(struct rs_text *t, const char *s)
{
    rs_text_add(t, s, strlen(s));
}

void rs_text_u64(struct rs_text *t, uint64_t v)
{
    char digits[20];
    size_t at = sizeof digits;

    do {
        digits[--at] = (char)('0' + v % 10);
        v /= 10;
    } while (v != 0);
    rs_text_add(t, digits + at, sizeof digits - at);
}

/* The whole file, ended by a NUL. */
static struct rs_text file_read(const char *path)
{
    struct rs_text all = {0};
    FILE *f = fopen(path, "rb");

    if (f == NULL)
        rs_die("could not open \"%s\": %s", path, strerror(errno));
    for (;;) {
        rs_text_room(&all, 1 << 16);
        const size_t got = fread(all.p + all.n, 1, 1 << 16, f);
        if (got == 0)
            break;
        all.n += got;
    }
    fclose(f);
    rs_text_add(&all, "", 1);
    return all;
}

struct rs_lines rs_lines_read(const char *path)
{
    const struct rs_text all = file_read(path);
    struct rs_lines lines = {0};
    size_t room = 0;

    for (char *at = all.p; *at != '\0';) {
        char *end = strchrnul(at, '\n');
        const char last = *end;
        if (lines.n == room) {
            room = room * 2 + 64;
            lines.line = realloc(lines.line, room * sizeof lines.line[0]);
            if (lines.line == NULL)
                rs_die("could not allocate %zu lines", room);
        }
        *end = '\0';
        lines.line[lines.n++] = at;
        at = last == '\0' ? end : end + 1;
    }
    if (lines.n == 0)
        rs_die("\"%s\" is empty", path);
    return lines;
}

uint64_t rs_mix(uint64_t seed, uint64_t n)
{
    uint64_t z = seed + n * 0x9e3779b97f4a7c15ULL;

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
}

char *rs_noise(size_t n)
{
    char *memory = rs_alloc(n);

    for (size_t i = 0; i < n / sizeof(uint64_t); i++) {
        const uint64_t word = rs_mix(7, i);
        memcpy(memory + i * sizeof word, &word, sizeof word);
    }
    return memory;
}

int rs_connect(uint16_t port)
{
    const struct sockaddr_in to = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const int on = 1;
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0 || connect(fd, (const struct sockaddr *)&to, sizeof to) != 0)
        rs_die("could not connect to 127.0.0.1:%u: %s", port, strerror(errno));
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return fd;
}
