/* SPDX-License-Identifier: Apache-2.0 */
/* The functions of libmicrohttpd that src/http uses, for one daemon and one connection at a time.
 */
#include "fake_http.h"

#include <errno.h>
#include <microhttpd.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "target.h"

enum {
    HEADERS_MAX = 64,
    TEXT_MAX = 1 << 30,
    PATIENCE_S = 60, /* until a suspended connection counts as forgotten */
    READ_MAX = 64 << 10,
};

struct MHD_Daemon {
    MHD_AccessHandlerCallback handle;
    void *handle_arg;
    void *(*target)(void *cls, const char *uri, struct MHD_Connection *con);
    void *target_arg;
    MHD_RequestCompletedCallback completed;
    void *completed_arg;
};

enum phase { AT_HEADERS, IN_BODY, AT_END };

struct MHD_Connection {
    struct MHD_Daemon *daemon;
    enum phase phase;
    /* The head as version 0.9.75 leaves it: a NUL for each blank of the request line and each
     * colon, two for CR LF, each line behind the other. */
    char *head;
    const char *method;
    const char *target;
    const char *version;
    struct fake_header header[HEADERS_MAX];
    size_t n_headers;
    pthread_mutex_t lock;
    pthread_cond_t resumed;
    bool is_suspended;
    unsigned status;
    struct MHD_Response *response;
};

struct MHD_Response {
    unsigned users;
    struct rs_buf head;
    struct rs_str body;
    int fd;
    uint64_t offset;
    uint64_t length;
    MHD_ContentReaderCallback read;
    void *read_arg;
};

static struct MHD_Daemon the_daemon;

/* The options are a list whose types only their names tell. */
static void read_option(struct MHD_Daemon *d, enum MHD_OPTION option, va_list *args)
{
    switch (option) {
    case MHD_OPTION_URI_LOG_CALLBACK:
        d->target = va_arg(*args, void *(*)(void *, const char *, struct MHD_Connection *));
        d->target_arg = va_arg(*args, void *);
        return;
    case MHD_OPTION_NOTIFY_COMPLETED:
        d->completed = va_arg(*args, MHD_RequestCompletedCallback);
        d->completed_arg = va_arg(*args, void *);
        return;
    case MHD_OPTION_EXTERNAL_LOGGER:
    case MHD_OPTION_NOTIFY_CONNECTION:
        (void)va_arg(*args, void (*)(void));
        (void)va_arg(*args, void *);
        return;
    case MHD_OPTION_SOCK_ADDR:
        (void)va_arg(*args, void *);
        return;
    case MHD_OPTION_CONNECTION_MEMORY_LIMIT:
    case MHD_OPTION_THREAD_STACK_SIZE:
        (void)va_arg(*args, size_t);
        return;
    default:
        (void)va_arg(*args, unsigned);
        return;
    }
}

struct MHD_Daemon *MHD_start_daemon(unsigned flags, uint16_t port, MHD_AcceptPolicyCallback apc,
                                    void *apc_cls, MHD_AccessHandlerCallback dh, void *dh_cls, ...)
{
    va_list args;

    (void)flags;
    (void)port;
    (void)apc;
    (void)apc_cls;
    the_daemon = (struct MHD_Daemon){.handle = dh, .handle_arg = dh_cls};
    va_start(args, dh_cls);
    for (;;) {
        const enum MHD_OPTION option = va_arg(args, enum MHD_OPTION);

        if (option == MHD_OPTION_END) {
            break;
        }
        read_option(&the_daemon, option, &args);
    }
    va_end(args);
    return &the_daemon;
}

void MHD_stop_daemon(struct MHD_Daemon *d)
{
    *d = (struct MHD_Daemon){0};
}

MHD_socket MHD_quiesce_daemon(struct MHD_Daemon *d)
{
    (void)d;
    return MHD_INVALID_SOCKET;
}

const union MHD_DaemonInfo *MHD_get_daemon_info(struct MHD_Daemon *d, enum MHD_DaemonInfoType type,
                                                ...)
{
    static union MHD_DaemonInfo info;

    (void)d;
    info = (union MHD_DaemonInfo){0};
    if (type == MHD_DAEMON_INFO_BIND_PORT) {
        info.port = 5000;
    }
    return &info;
}

/* There is no socket, and nobody was told of a connection. */
const union MHD_ConnectionInfo *MHD_get_connection_info(struct MHD_Connection *c,
                                                        enum MHD_ConnectionInfoType type, ...)
{
    static union MHD_ConnectionInfo none;

    (void)c;
    none = (union MHD_ConnectionInfo){0};
    return type == MHD_CONNECTION_INFO_SOCKET_CONTEXT ? &none : NULL;
}

enum MHD_Result MHD_lookup_connection_value_n(struct MHD_Connection *c, enum MHD_ValueKind kind,
                                              const char *key, size_t key_size, const char **value,
                                              size_t *value_size)
{
    (void)kind;
    for (size_t i = 0; i < c->n_headers; i++) {
        if (rs_str_eq_nocase(c->header[i].name, (struct rs_str){key, key_size})) {
            *value = c->header[i].value.p;
            *value_size = c->header[i].value.n;
            return MHD_YES;
        }
    }
    return MHD_NO;
}

int MHD_get_connection_values_n(struct MHD_Connection *c, enum MHD_ValueKind kind,
                                MHD_KeyValueIteratorN see, void *see_cls)
{
    size_t i = 0;

    while (i < c->n_headers && see(see_cls, kind, c->header[i].name.p, c->header[i].name.n,
                                   c->header[i].value.p, c->header[i].value.n) == MHD_YES) {
        i++;
    }
    return (int)i;
}

void MHD_suspend_connection(struct MHD_Connection *c)
{
    pthread_mutex_lock(&c->lock);
    FUZZ_HOLDS(!c->is_suspended, RS_STR("a connection is suspended twice"));
    c->is_suspended = true;
    pthread_mutex_unlock(&c->lock);
}

void MHD_resume_connection(struct MHD_Connection *c)
{
    pthread_mutex_lock(&c->lock);
    FUZZ_HOLDS(c->is_suspended, RS_STR("a connection is resumed that is not suspended"));
    c->is_suspended = false;
    pthread_cond_signal(&c->resumed);
    pthread_mutex_unlock(&c->lock);
}

static struct MHD_Response *response_new(void)
{
    struct MHD_Response *r = calloc(1, sizeof *r);

    if (r == NULL) {
        abort();
    }
    *r = (struct MHD_Response){.users = 1, .fd = -1, .head = {.max = TEXT_MAX}};
    return r;
}

struct MHD_Response *MHD_create_response_from_buffer(size_t size, void *buffer,
                                                     enum MHD_ResponseMemoryMode mode)
{
    struct MHD_Response *r = response_new();

    FUZZ_HOLDS(mode == MHD_RESPMEM_PERSISTENT, RS_STR("memory of a reply"));
    r->body = (struct rs_str){buffer, size};
    r->length = size;
    return r;
}

struct MHD_Response *MHD_create_response_from_fd_at_offset64(uint64_t size, int fd, uint64_t offset)
{
    struct MHD_Response *r = response_new();

    r->fd = fd;
    r->offset = offset;
    r->length = size;
    return r;
}

struct MHD_Response *MHD_create_response_from_callback(uint64_t size, size_t block_size,
                                                       MHD_ContentReaderCallback crc, void *crc_cls,
                                                       MHD_ContentReaderFreeCallback crfc)
{
    struct MHD_Response *r = response_new();

    (void)block_size;
    FUZZ_HOLDS(crfc == NULL, RS_STR("a reader of a reply that is freed"));
    r->length = size;
    r->read = crc;
    r->read_arg = crc_cls;
    return r;
}

enum MHD_Result MHD_add_response_header(struct MHD_Response *r, const char *header,
                                        const char *content)
{
    const struct rs_str value = rs_str_of(content);

    FUZZ_HOLDS(rs_str_find(value, '\r', 0) == value.n && rs_str_find(value, '\n', 0) == value.n,
               value);
    rs_buf_fmt(&r->head, "%s: %s\n", header, content);
    return MHD_YES;
}

/* As the library, which has no way to answer in the middle of a request. */
enum MHD_Result MHD_queue_response(struct MHD_Connection *c, unsigned status,
                                   struct MHD_Response *r)
{
    FUZZ_HOLDS(c->phase != IN_BODY && c->response == NULL, RS_STR("a reply out of turn"));
    r->users++;
    c->status = status;
    c->response = r;
    return MHD_YES;
}

void MHD_destroy_response(struct MHD_Response *r)
{
    if (--r->users > 0) {
        return;
    }
    if (r->fd >= 0) {
        close(r->fd);
    }
    rs_buf_fini(&r->head);
    free(r);
}

static void await_resumed(struct MHD_Connection *c)
{
    struct timespec until;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += PATIENCE_S;
    pthread_mutex_lock(&c->lock);
    while (c->is_suspended) {
        FUZZ_HOLDS(pthread_cond_timedwait(&c->resumed, &c->lock, &until) != ETIMEDOUT,
                   RS_STR("a suspended connection was forgotten"));
    }
    pthread_mutex_unlock(&c->lock);
}

/* One call of the server; false when it ends the connection. */
static bool call(struct MHD_Connection *c, const struct fake_request *q, void **arg,
                 struct rs_str *body)
{
    const struct MHD_Daemon *d = c->daemon;
    size_t left = body->n < q->piece ? body->n : q->piece;
    const size_t came = left;
    const enum MHD_Result rc = d->handle(d->handle_arg, c, c->target, c->method, c->version,
                                         came > 0 ? body->p : NULL, &left, arg);

    FUZZ_HOLDS(left <= came, RS_STR("more of a body was taken than came"));
    FUZZ_HOLDS(rc == MHD_NO || came == 0 || left < came || c->is_suspended,
               RS_STR("nothing of a body was taken"));
    *body = rs_str_from(*body, came - left);
    await_resumed(c);
    return rc == MHD_YES;
}

static bool converse(struct MHD_Connection *c, const struct fake_request *q, void **arg)
{
    struct rs_str none = {"", 0};
    struct rs_str body = q->body;

    if (!call(c, q, arg, &none) || c->response != NULL) {
        return c->response != NULL;
    }
    c->phase = IN_BODY;
    while (body.n > 0) {
        if (!call(c, q, arg, &body)) {
            return false;
        }
    }
    if (q->goes_early) {
        return false;
    }
    c->phase = AT_END;
    /* Once for serve(), and once more for each time that it was suspended. */
    while (c->response == NULL) {
        const bool goes_on = call(c, q, arg, &none);

        if (!goes_on && c->response == NULL) {
            return false;
        }
    }
    return true;
}

static void read_by_callback(struct MHD_Connection *c, struct fake_reply *reply)
{
    const struct MHD_Response *r = c->response;

    while (reply->body.n < r->length) {
        char *room = rs_buf_room(&reply->body, READ_MAX);
        const ssize_t got = r->read(r->read_arg, reply->body.n, room, READ_MAX);

        if (got == MHD_CONTENT_READER_END_OF_STREAM && r->length == MHD_SIZE_UNKNOWN) {
            return;
        }
        if (got < 0) {
            reply->is_broken = true;
            return;
        }
        FUZZ_HOLDS((uint64_t)got <= READ_MAX && (got > 0 || r->length > 0),
                   RS_STR("a reader of a reply"));
        reply->body.n += (size_t)got;
        await_resumed(c);
    }
    FUZZ_HOLDS(reply->body.n == r->length, RS_STR("a reply is longer than announced"));
}

static void read_file(const struct MHD_Response *r, struct fake_reply *reply)
{
    while (reply->body.n < r->length) {
        char *room = rs_buf_room(&reply->body, READ_MAX);
        const uint64_t left = r->length - reply->body.n;
        const ssize_t got = pread(r->fd, room, left < READ_MAX ? (size_t)left : READ_MAX,
                                  (off_t)(r->offset + reply->body.n));

        FUZZ_HOLDS(got > 0, RS_STR("a file is shorter than its reply says"));
        reply->body.n += (size_t)got;
    }
}

static void take_reply(struct MHD_Connection *c, bool headless, struct fake_reply *reply)
{
    const struct MHD_Response *r = c->response;

    reply->status = c->status;
    rs_buf_str(&reply->head, rs_buf_view(&r->head));
    if (headless) {
        return;
    }
    if (r->read != NULL) {
        read_by_callback(c, reply);
    } else if (r->fd >= 0) {
        read_file(r, reply);
    } else {
        rs_buf_str(&reply->body, r->body);
    }
}

/* Copies the text and leaves `gap` NULs behind it; moves *at there. */
static char *put_text(char **at, struct rs_str text, size_t gap)
{
    char *p = *at;

    if (text.n > 0) {
        memcpy(p, text.p, text.n);
    }
    *at = p + text.n + gap;
    return p;
}

static void put_head(struct MHD_Connection *c, const struct fake_request *q)
{
    size_t size = strlen(q->method) + strlen(q->target) + strlen(q->version) + 4;

    for (size_t i = 0; i < q->n_headers; i++) {
        size += q->header[i].name.n + q->header[i].value.n + 3;
    }
    char *at = calloc(1, size);
    if (at == NULL || q->n_headers > HEADERS_MAX) {
        abort();
    }
    c->head = at;
    c->method = put_text(&at, rs_str_of(q->method), 1);
    c->target = put_text(&at, rs_str_of(q->target), 1);
    c->version = put_text(&at, rs_str_of(q->version), 2);
    for (size_t i = 0; i < q->n_headers; i++) {
        const struct fake_header *h = &q->header[i];

        c->header[i].name = (struct rs_str){put_text(&at, h->name, 1), h->name.n};
        c->header[i].value = (struct rs_str){put_text(&at, h->value, 2), h->value.n};
    }
    c->n_headers = q->n_headers;
}

struct fake_reply fake_ask(const struct fake_request *q)
{
    struct fake_reply reply = {.head = {.max = TEXT_MAX}, .body = {.max = TEXT_MAX}};
    struct MHD_Connection c = {.daemon = &the_daemon};
    void *arg = NULL;

    pthread_mutex_init(&c.lock, NULL);
    pthread_cond_init(&c.resumed, NULL);
    put_head(&c, q);
    arg = the_daemon.target(the_daemon.target_arg, c.target, &c);
    const bool is_answered = converse(&c, q, &arg);
    if (is_answered) {
        take_reply(&c, strcmp(q->method, "HEAD") == 0, &reply);
    }
    the_daemon.completed(the_daemon.completed_arg, &c, &arg,
                         is_answered ? MHD_REQUEST_TERMINATED_COMPLETED_OK
                                     : MHD_REQUEST_TERMINATED_WITH_ERROR);
    if (c.response != NULL) {
        MHD_destroy_response(c.response);
    }
    free(c.head);
    pthread_cond_destroy(&c.resumed);
    pthread_mutex_destroy(&c.lock);
    return reply;
}

void fake_forget(struct fake_reply *reply)
{
    rs_buf_fini(&reply->head);
    rs_buf_fini(&reply->body);
}

struct rs_str fake_reply_header(const struct fake_reply *reply, const char *name)
{
    struct rs_str rest = rs_buf_view(&reply->head);

    while (rest.n > 0) {
        const struct rs_str line = fuzz_line(&rest);
        const size_t colon = rs_str_find(line, ':', 0);

        if (rs_str_eq_nocase((struct rs_str){line.p, colon}, rs_str_of(name))) {
            return rs_str_from(line, colon + 2);
        }
    }
    return (struct rs_str){0};
}
