/* SPDX-License-Identifier: Apache-2.0 */
/* Jobs that ask the same prepared requests over and over: get and post; and the heads of all
 * requests. */
#include "job.h"

#include <string.h>

/* Steps from request to request by a prime, so that each is asked equally often and neighbours are
 * not. */
#define STRIDE 7919

struct replay {
    struct rs_job job;
    struct rs_text *request; /* whole requests */
    uint64_t n;
    uint64_t clients;
};

static void common_headers(struct rs_text *out, uint16_t port)
{
    rs_text_str(out, " HTTP/1.1\r\nHost: 127.0.0.1:");
    rs_text_u64(out, port);
    rs_text_str(out,
                "\r\nUser-Agent: mlflow-python-client/3.17.2\r\nX-MLflow-Client-Version: 3.17.2\r\n"
                "Accept: */*\r\nConnection: keep-alive\r\n");
}

void rs_job_post_head(struct rs_text *out, uint16_t port, const char *prefix, const char *path)
{
    rs_text_str(out, "POST ");
    rs_text_str(out, prefix);
    rs_text_str(out, path);
    common_headers(out, port);
    rs_text_str(out, "Content-Type: application/json\r\nContent-Length: ");
}

void rs_job_get_request(struct rs_text *out, uint16_t port, const char *path, const char *rest)
{
    rs_text_str(out, "GET ");
    rs_text_str(out, path);
    rs_text_str(out, rest);
    common_headers(out, port);
    rs_text_str(out, "\r\n");
}

void rs_job_post_body(struct rs_text *out, const struct rs_text *head, const char *body, size_t n)
{
    rs_text_add(out, head->p, head->n);
    rs_text_u64(out, n);
    rs_text_add(out, "\r\n\r\n", 4);
    rs_text_add(out, body, n);
}

static bool replay_next(struct rs_job *job, struct rs_turn *turn, struct rs_text *out)
{
    const struct replay *r = (const struct replay *)job;
    /* Each client begins elsewhere. */
    const uint64_t first = turn->client * r->n / r->clients;
    const struct rs_text *request = &r->request[(first + turn->n_asked * STRIDE) % r->n];

    rs_text_add(out, request->p, request->n);
    return true;
}

static struct replay *replay_new(const struct rs_job_options *o, uint64_t n)
{
    struct replay *r = rs_alloc(sizeof *r);

    if (o->path == NULL)
        rs_die("--path is missing");
    r->job.next = replay_next;
    r->job.rows = 1;
    r->request = rs_alloc(n * sizeof r->request[0]);
    r->n = n;
    r->clients = o->clients;
    return r;
}

struct rs_job *rs_job_get(const struct rs_job_options *o)
{
    const char *nothing = "";
    const struct rs_lines lines = o->lines != NULL ? rs_lines_read(o->lines)
                                                   : (struct rs_lines){.line = &nothing, .n = 1};
    struct replay *r = replay_new(o, lines.n);

    for (size_t i = 0; i < lines.n; i++)
        rs_job_get_request(&r->request[i], o->port, o->path, lines.line[i]);
    return &r->job;
}

struct rs_job *rs_job_post(const struct rs_job_options *o)
{
    if (o->lines == NULL)
        rs_die("--lines is missing");
    const struct rs_lines lines = rs_lines_read(o->lines);
    struct replay *r = replay_new(o, lines.n);
    struct rs_text head = {0};

    rs_job_post_head(&head, o->port, "", o->path);
    for (size_t i = 0; i < lines.n; i++)
        rs_job_post_body(&r->request[i], &head, lines.line[i], strlen(lines.line[i]));
    return &r->job;
}
