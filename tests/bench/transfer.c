/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One client that sends or takes one large body: `transfer put|get --port P --path /x [--bytes N]
 * [--seed S]`. A body that is put is noise from memory, marked with the seed in every piece so that
 * no server has seen it before; one that is got is read into a buffer and forgotten. Prints one
 * JSON object with the seconds from the first byte sent to the last byte read. Exits with 1 on any
 * reply that is not 2xx.
 */
#include "job.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PIECE (1024UL * 1024)
#define MEMORY (64UL * 1024 * 1024)
#define READ_SIZE (1024UL * 1024)

struct transfer {
    uint16_t port;
    const char *path;
    uint64_t bytes;
    uint64_t seed;
};

static void send_all(int fd, const char *p, size_t n)
{
    while (n > 0) {
        const ssize_t done = send(fd, p, n, MSG_NOSIGNAL);
        if (done < 0)
            rs_die("could not send: %s", strerror(errno));
        p += done;
        n -= (size_t)done;
    }
}

static uint64_t read_reply(int fd)
{
    static struct rs_reply reply;
    char *buffer = rs_alloc(READ_SIZE);

    rs_reply_init(&reply);
    while (reply.state != RS_REPLY_DONE) {
        const ssize_t n = recv(fd, buffer, READ_SIZE, 0);
        if (n <= 0)
            rs_die("the reply ended after %lu bytes of its body", reply.n_body);
        rs_reply_feed(&reply, buffer, (size_t)n);
        if (reply.state == RS_REPLY_BROKEN)
            rs_die("got a reply that is not understood");
    }
    if (reply.status < 200 || reply.status > 299)
        rs_die("got status %d: %s", reply.status, reply.keep);
    free(buffer);
    return reply.n_body;
}

static void put(int fd, const struct transfer *t, char *memory)
{
    struct rs_text head = {0};

    rs_text_str(&head, "PUT ");
    rs_text_str(&head, t->path);
    rs_text_str(&head, " HTTP/1.1\r\nHost: 127.0.0.1:");
    rs_text_u64(&head, t->port);
    rs_text_str(&head, "\r\nContent-Type: application/octet-stream\r\nContent-Length: ");
    rs_text_u64(&head, t->bytes);
    rs_text_str(&head, "\r\n\r\n");
    send_all(fd, head.p, head.n);
    free(head.p);
    for (uint64_t at = 0; at < t->bytes; at += PIECE) {
        const uint64_t mark = rs_mix(t->seed, at);
        char *piece = memory + at % MEMORY;
        memcpy(piece, &mark, sizeof mark);
        send_all(fd, piece, t->bytes - at < PIECE ? (size_t)(t->bytes - at) : PIECE);
    }
}

static void set_option(struct transfer *t, int option)
{
    switch (option) {
    case 'p':
        t->port = (uint16_t)rs_number("--port", optarg);
        break;
    case 'u':
        t->path = optarg;
        break;
    case 'b':
        t->bytes = rs_number("--bytes", optarg);
        break;
    case 's':
        t->seed = rs_number("--seed", optarg);
        break;
    default:
        rs_die("usage: transfer put|get --port P --path /x [--bytes N] [--seed S]");
    }
}

int main(int argc, char **argv)
{
    static const struct option options[] = {{"port", required_argument, NULL, 'p'},
                                            {"path", required_argument, NULL, 'u'},
                                            {"bytes", required_argument, NULL, 'b'},
                                            {"seed", required_argument, NULL, 's'},
                                            {NULL, 0, NULL, 0}};
    struct transfer t = {0};
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
        set_option(&t, option);
    const bool is_put = optind + 1 == argc && strcmp(argv[optind], "put") == 0;
    if (optind + 1 != argc || t.port == 0 || t.path == NULL || (is_put && t.bytes == 0))
        rs_die("usage: transfer put|get --port P --path /x [--bytes N] [--seed S]");
    char *memory = is_put ? rs_noise(MEMORY) : NULL;
    const int fd = rs_connect(t.port);
    struct rs_text request = {0};
    const uint64_t begin = rs_now_ns();
    if (is_put)
        put(fd, &t, memory);
    else {
        rs_job_get_request(&request, t.port, t.path, "");
        send_all(fd, request.p, request.n);
    }
    const uint64_t n_body = read_reply(fd);
    const double took = (double)(rs_now_ns() - begin) / 1e9;
    const uint64_t bytes = is_put ? t.bytes : n_body;
    printf("{\"seconds\": %.4f, \"bytes\": %lu, \"rate\": %.1f}\n", took, bytes,
           (double)bytes / took);
    close(fd);
    free(request.p);
    free(memory);
    return 0;
}
