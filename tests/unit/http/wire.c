/* SPDX-License-Identifier: Apache-2.0 */
#include "http/wire.h"

#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { PATIENCE_S = 30, GOT_MAX = 64 << 20 };

bool wire_open(struct wire *w, unsigned port)
{
    const struct sockaddr_in to = {.sin_family = AF_INET,
                                   .sin_port = htons((uint16_t)port),
                                   .sin_addr = {htonl(INADDR_LOOPBACK)}};
    const struct timeval patience = {.tv_sec = PATIENCE_S};

    *w = (struct wire){.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), .got.max = GOT_MAX};
    ck_assert_int_ge(w->fd, 0);
    setsockopt(w->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(w->fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    setsockopt(w->fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    if (connect(w->fd, (const struct sockaddr *)&to, sizeof to) != 0) {
        wire_close(w);
        return false;
    }
    return true;
}

void wire_close(struct wire *w)
{
    if (w->fd >= 0) {
        close(w->fd);
        w->fd = -1;
    }
    rs_buf_fini(&w->got);
}

void wire_send(struct wire *w, struct rs_str bytes)
{
    while (bytes.n > 0) {
        const ssize_t n = send(w->fd, bytes.p, bytes.n, MSG_NOSIGNAL);

        if (n <= 0) {
            return;
        }
        bytes = rs_str_from(bytes, (size_t)n);
    }
}

void wire_ask(struct wire *w, const char *line, const char *headers, struct rs_str body)
{
    struct rs_buf b = {.max = GOT_MAX};

    rs_buf_fmt(&b, "%s HTTP/1.1\r\nHost: test\r\n%s", line, headers);
    if (body.p != NULL) {
        rs_buf_fmt(&b, "Content-Length: %zu\r\n", body.n);
    }
    RS_BUF_LIT(&b, "\r\n");
    rs_buf_str(&b, body);
    wire_send(w, rs_buf_view(&b));
    rs_buf_fini(&b);
}

/* Reads some more; false at the end of the connection. */
static bool fill(struct wire *w)
{
    char *room = rs_buf_room(&w->got, 64 << 10);
    const ssize_t n = recv(w->fd, room, 64 << 10, 0);

    ck_assert_msg(n > 0 || n == 0 || errno == ECONNRESET || errno == EPIPE, "no answer in %d s",
                  PATIENCE_S);
    w->got.n += n > 0 ? (size_t)n : 0;
    return n > 0;
}

/* Takes n bytes off the front. */
static void drop(struct wire *w, size_t n)
{
    memmove(w->got.p, w->got.p + n, w->got.n - n);
    w->got.n -= n;
}

const char *wire_header(const struct wire_reply *r, const char *name)
{
    static char value[1024];
    const size_t n = strlen(name);

    for (const char *line = strstr(r->head, "\r\n"); line != NULL; line = strstr(line, "\r\n")) {
        line += 2;
        if (strncasecmp(line, name, n) == 0 && line[n] == ':') {
            const char *end = strstr(line, "\r\n");
            const char *from = line + n + 1 + strspn(line + n + 1, " ");

            snprintf(value, sizeof value, "%.*s", (int)(end - from), from);
            return value;
        }
    }
    return NULL;
}

struct wire_reply wire_read(struct wire *w, bool headless)
{
    struct wire_reply r = {0};
    const char *end = NULL;

    while (w->got.n == 0 || (end = memmem(w->got.p, w->got.n, "\r\n\r\n", 4)) == NULL) {
        if (!fill(w)) {
            return r;
        }
    }
    const size_t head = (size_t)(end - w->got.p) + 4;
    ck_assert_uint_lt(head, sizeof r.head);
    memcpy(r.head, w->got.p, head);
    drop(w, head);
    int64_t status = 0;
    ck_assert(rs_str_to_i64((struct rs_str){r.head + 9, 3}, &status));
    r.status = (int)status;
    const char *length = wire_header(&r, "Content-Length");
    int64_t n = 0;
    ck_assert(length == NULL || rs_str_to_i64(rs_str_of(length), &n));
    r.n = headless ? 0 : (size_t)n;
    while (w->got.n < r.n) {
        ck_assert(fill(w));
    }
    r.body = calloc(1, r.n + 1);
    if (r.n > 0) {
        memcpy(r.body, w->got.p, r.n);
        drop(w, r.n);
    }
    return r;
}

void wire_forget(struct wire_reply *r)
{
    free(r->body);
    r->body = NULL;
}

bool wire_is_ended(struct wire *w)
{
    return w->got.n == 0 && !fill(w);
}

void wire_finish(struct wire *w)
{
    while (fill(w)) {}
}

void wire_await_end(struct wire *w)
{
    while (fill(w)) {
        rs_buf_clear(&w->got);
    }
}
