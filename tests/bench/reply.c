/* SPDX-License-Identifier: Apache-2.0 */
/* Reads one HTTP/1.1 reply as its bytes arrive; see reply.h. */
#include "reply.h"

#include <string.h>
#include <strings.h>

void rs_reply_init(struct rs_reply *r)
{
    r->state = RS_REPLY_HEAD;
    r->status = 0;
    r->close = false;
    r->has_length = false;
    r->left = 0;
    r->n_body = 0;
    r->n_line = 0;
    r->n_head = 0;
    r->n_keep = 0;
    r->keep[0] = '\0';
}

bool rs_reply_is_fresh(const struct rs_reply *r)
{
    return r->state == RS_REPLY_HEAD && r->n_head == 0;
}

/* The value of the header `name` ("name:" in lower case) if this line is that header, else NULL. */
static const char *header(const char *line, size_t n, const char *name, size_t n_name)
{
    if (n < n_name || strncasecmp(line, name, n_name) != 0)
        return NULL;
    line += n_name;
    while (*line == ' ')
        line++;
    return line;
}

#define HEADER(line, n, name) header(line, n, name, sizeof(name) - 1)

static void head_line(struct rs_reply *r, const char *line, size_t n)
{
    const char *value;

    if ((value = HEADER(line, n, "content-length:")) != NULL) {
        r->has_length = true;
        r->state = RS_REPLY_BODY;
        r->left = 0;
        for (; *value >= '0' && *value <= '9'; value++)
            r->left = r->left * 10 + (uint64_t)(*value - '0');
    } else if (HEADER(line, n, "transfer-encoding:") != NULL) {
        r->has_length = true;
        r->state = RS_REPLY_CHUNK_SIZE;
        r->left = 0;
    } else if ((value = HEADER(line, n, "connection:")) != NULL) {
        r->close = strncasecmp(value, "close", 5) == 0;
    }
}

/* A whole head, `n` bytes with the empty line at its end. */
static void head_parse(struct rs_reply *r, const char *p, size_t n)
{
    const char *end = p + n;

    if (n < 14 || memcmp(p, "HTTP/1.", 7) != 0 || p[8] != ' ') {
        r->state = RS_REPLY_BROKEN;
        return;
    }
    r->status = (p[9] - '0') * 100 + (p[10] - '0') * 10 + (p[11] - '0');
    while (p < end) {
        const char *stop = memchr(p, '\n', (size_t)(end - p));
        if (stop == NULL)
            break;
        /* Only these letters begin a header that matters here. */
        if ((*p | 0x20) == 'c' || (*p | 0x20) == 't')
            head_line(r, p, (size_t)(stop - p));
        p = stop + 1;
    }
    if (r->status == 204 || r->status == 304)
        r->state = RS_REPLY_DONE;
    else if (!r->has_length)
        r->state = RS_REPLY_BROKEN;
    else if (r->state == RS_REPLY_BODY && r->left == 0)
        r->state = RS_REPLY_DONE;
}

/* The head usually comes in one piece and is read in place; else it is gathered in r->head. */
static size_t head_feed(struct rs_reply *r, const char *p, size_t n)
{
    if (r->n_head == 0) {
        const char *end = memmem(p, n, "\r\n\r\n", 4);
        if (end != NULL) {
            head_parse(r, p, (size_t)(end + 4 - p));
            return (size_t)(end + 4 - p);
        }
    }
    const size_t before = r->n_head;
    const size_t room = sizeof r->head - before;
    const size_t take = n < room ? n : room;
    memcpy(r->head + before, p, take);
    r->n_head += take;
    const char *end = memmem(r->head, r->n_head, "\r\n\r\n", 4);
    if (end == NULL) {
        if (take < n)
            r->state = RS_REPLY_BROKEN;
        return take;
    }
    const size_t whole = (size_t)(end + 4 - r->head);
    head_parse(r, r->head, whole);
    return whole - before;
}

static size_t body_feed(struct rs_reply *r, const char *p, size_t n)
{
    const size_t take = n < r->left ? n : (size_t)r->left;
    const size_t room = RS_REPLY_KEEP_MAX - r->n_keep;

    if (room > 0) {
        const size_t kept = take < room ? take : room;
        memcpy(r->keep + r->n_keep, p, kept);
        r->n_keep += kept;
        r->keep[r->n_keep] = '\0';
    }
    r->left -= take;
    r->n_body += take;
    if (r->left == 0)
        r->state = r->state == RS_REPLY_BODY ? RS_REPLY_DONE : RS_REPLY_CHUNK_END;
    return take;
}

static int hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* One byte of what stands around the chunks. */
static void frame_feed(struct rs_reply *r, char c)
{
    switch (r->state) {
    case RS_REPLY_CHUNK_SIZE:
        if (hex(c) >= 0)
            r->left = r->left * 16 + (uint64_t)hex(c);
        else if (c == '\n')
            r->state = r->left > 0 ? RS_REPLY_CHUNK : RS_REPLY_TRAILER;
        break;
    case RS_REPLY_CHUNK_END:
        if (c == '\n')
            r->state = RS_REPLY_CHUNK_SIZE;
        break;
    default:
        if (c == '\n' && r->n_line == 0)
            r->state = RS_REPLY_DONE;
        else if (c == '\n')
            r->n_line = 0;
        else if (c != '\r')
            r->n_line++;
        break;
    }
}

size_t rs_reply_feed(struct rs_reply *r, const char *p, size_t n)
{
    size_t used = 0;

    while (used < n && r->state != RS_REPLY_DONE && r->state != RS_REPLY_BROKEN) {
        if (r->state == RS_REPLY_HEAD)
            used += head_feed(r, p + used, n - used);
        else if (r->state == RS_REPLY_BODY || r->state == RS_REPLY_CHUNK)
            used += body_feed(r, p + used, n - used);
        else
            frame_feed(r, p[used++]);
    }
    return used;
}
