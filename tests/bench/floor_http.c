/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The floor under HTTP: libmicrohttpd with an epoll pool of two threads and nothing behind it. A
 * GET answers a fixed JSON document of --bytes bytes, or --file by sendfile; a POST or PUT is read
 * to its end, its body thrown away, and answered likewise. Prints "port N" once it serves.
 */
#include "tool.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <microhttpd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct MHD_Response *json_reply(size_t n)
{
    static const char begin[] = "{\"run\": \"";
    static const char end[] = "\"}";
    const size_t around = sizeof begin + sizeof end - 2;
    char *text = rs_alloc(n + 1);

    if (n < around)
        memcpy(text, "{}", n < 2 ? n : 2);
    else {
        memset(text, 'x', n);
        memcpy(text, begin, sizeof begin - 1);
        memcpy(text + n - (sizeof end - 1), end, sizeof end - 1);
    }
    struct MHD_Response *reply = MHD_create_response_from_buffer(n, text, MHD_RESPMEM_PERSISTENT);
    MHD_add_response_header(reply, "Content-Type", "application/json");
    return reply;
}

static struct MHD_Response *file_reply(const char *path)
{
    struct stat about;
    const int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0 || fstat(fd, &about) != 0)
        rs_die("could not open \"%s\": %s", path, strerror(errno));
    return MHD_create_response_from_fd64((uint64_t)about.st_size, fd);
}

/* The first call of a request sees its head; later ones its body, and the last one none. */
static enum MHD_Result answer(void *reply, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *body,
                              size_t *n_body, void **state)
{
    (void)url, (void)method, (void)version, (void)body;
    if (*state == NULL) {
        *state = reply;
        return MHD_YES;
    }
    if (*n_body > 0) {
        *n_body = 0;
        return MHD_YES;
    }
    return MHD_queue_response(connection, MHD_HTTP_OK, reply);
}

int main(int argc, char **argv)
{
    static const struct option options[] = {{"port", required_argument, NULL, 'p'},
                                            {"bytes", required_argument, NULL, 'b'},
                                            {"file", required_argument, NULL, 'f'},
                                            {NULL, 0, NULL, 0}};
    uint16_t port = 0;
    struct MHD_Response *reply = NULL;
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'p')
            port = (uint16_t)rs_number("--port", optarg);
        else if (option == 'b')
            reply = json_reply(rs_number("--bytes", optarg));
        else if (option == 'f')
            reply = file_reply(optarg);
        else
            rs_die("usage: floor_http --port P --bytes N | --file PATH");
    }
    if (port == 0 || reply == NULL)
        rs_die("usage: floor_http --port P --bytes N | --file PATH");
    struct MHD_Daemon *daemon = MHD_start_daemon(
        MHD_USE_EPOLL_INTERNAL_THREAD, port, NULL, NULL, answer, reply, MHD_OPTION_THREAD_POOL_SIZE,
        2U, MHD_OPTION_CONNECTION_LIMIT, 2048U, MHD_OPTION_END);
    if (daemon == NULL)
        rs_die("could not listen on port %u", port);
    printf("port %u\n", port);
    fflush(stdout);
    for (;;)
        pause();
}
