/* SPDX-License-Identifier: Apache-2.0 */
#include "artifact/fault.h"
#include "artifact/fs.h"

#include <pthread.h>
#include <stdlib.h>

struct fault {
    struct rs_artifact_store head;
    struct rs_artifact_store *inner;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int fail_write;
    bool fail_begin;
    bool fail_end;
    bool shut;
    int writing;
    struct fault_counts counts;
};

struct fault_upload {
    struct rs_upload head;
    struct fault *f;
    struct rs_upload *inner;
    int inside;
};

static struct fault *fault_of(struct rs_artifact_store *s)
{
    return (struct fault *)s;
}

static struct fault_upload *upload_of(struct rs_upload *up)
{
    return (struct fault_upload *)up;
}

static enum rs_code fault_open(struct rs_cx *cx, struct rs_str place,
                               struct rs_artifact_store **out)
{
    struct fault *f = calloc(1, sizeof *f);

    if (f == NULL) {
        abort();
    }
    f->head.ops = &fault_ops;
    pthread_mutex_init(&f->lock, NULL);
    pthread_cond_init(&f->changed, NULL);
    const enum rs_code code = rs_artifact_open(cx, &rs_artifact_fs, place, &f->inner);
    if (code != RS_OK) {
        free(f);
        return code;
    }
    *out = &f->head;
    return RS_OK;
}

static void fault_close(struct rs_artifact_store *s)
{
    struct fault *f = fault_of(s);

    rs_artifact_close(f->inner);
    pthread_cond_destroy(&f->changed);
    pthread_mutex_destroy(&f->lock);
    free(f);
}

static void count(struct fault *f, int *counter, int by)
{
    pthread_mutex_lock(&f->lock);
    *counter += by;
    pthread_cond_broadcast(&f->changed);
    pthread_mutex_unlock(&f->lock);
}

static bool take_flag(struct fault *f, bool *flag)
{
    pthread_mutex_lock(&f->lock);
    const bool was = *flag;
    *flag = false;
    pthread_mutex_unlock(&f->lock);
    return was;
}

static enum rs_code fault_begin(struct rs_cx *cx, struct rs_artifact_store *s,
                                const struct rs_upload_options *o, struct rs_upload **out)
{
    struct fault *f = fault_of(s);
    struct fault_upload *up = calloc(1, sizeof *up);

    if (up == NULL) {
        abort();
    }
    enum rs_code code = take_flag(f, &f->fail_begin)
                            ? rs_fail(cx, RS_UNAVAILABLE, "the begin that was told to fail")
                            : rs_upload_begin(cx, f->inner, o, &up->inner);
    if (code != RS_OK) {
        free(up);
        return code;
    }
    up->head.ops = &fault_ops;
    up->f = f;
    count(f, &f->counts.begun, 1);
    *out = &up->head;
    return RS_OK;
}

/* Enters an upload, past the gate; says whether this write is the one that fails. */
static bool enter(struct fault_upload *up)
{
    struct fault *f = up->f;

    pthread_mutex_lock(&f->lock);
    up->inside++;
    f->writing++;
    f->counts.together = up->inside > f->counts.together ? up->inside : f->counts.together;
    f->counts.alongside = f->writing > f->counts.alongside ? f->writing : f->counts.alongside;
    f->counts.at_gate++;
    pthread_cond_broadcast(&f->changed);
    while (f->shut) {
        pthread_cond_wait(&f->changed, &f->lock);
    }
    f->counts.at_gate--;
    const bool fails = f->fail_write > 0 && --f->fail_write == 0;
    pthread_mutex_unlock(&f->lock);
    return fails;
}

static void leave(struct fault_upload *up)
{
    pthread_mutex_lock(&up->f->lock);
    up->inside--;
    up->f->writing--;
    pthread_mutex_unlock(&up->f->lock);
}

static enum rs_code fault_write(struct rs_cx *cx, struct rs_upload *upload, const void *bytes,
                                size_t n)
{
    struct fault_upload *up = upload_of(upload);
    const bool fails = enter(up);
    const enum rs_code code = fails ? rs_fail(cx, RS_UNAVAILABLE, "the write that was told to fail")
                                    : rs_upload_write(cx, up->inner, bytes, n);

    leave(up);
    return code;
}

static enum rs_code fault_end(struct rs_cx *cx, struct rs_upload *upload, struct rs_blob *out)
{
    struct fault_upload *up = upload_of(upload);
    struct fault *f = up->f;
    enum rs_code code;

    if (take_flag(f, &f->fail_end)) {
        rs_upload_drop(up->inner);
        code = rs_fail(cx, RS_UNAVAILABLE, "the end that was told to fail");
    } else {
        code = rs_upload_end(cx, up->inner, out);
    }
    free(up);
    count(f, &f->counts.ended, 1);
    return code;
}

static void fault_drop(struct rs_upload *upload)
{
    struct fault_upload *up = upload_of(upload);
    struct fault *f = up->f;

    rs_upload_drop(up->inner);
    free(up);
    count(f, &f->counts.dropped, 1);
}

static enum rs_code fault_blob_open(struct rs_cx *cx, struct rs_artifact_store *s,
                                    struct rs_str key, int *fd, int64_t *size)
{
    return rs_blob_open(cx, fault_of(s)->inner, key, fd, size);
}

static enum rs_code fault_blob_remove(struct rs_cx *cx, struct rs_artifact_store *s,
                                      struct rs_str key)
{
    struct fault *f = fault_of(s);

    RS_TRY(rs_blob_remove(cx, f->inner, key));
    count(f, &f->counts.removed, 1);
    return RS_OK;
}

static enum rs_code fault_multipart_begin(struct rs_cx *cx, struct rs_artifact_store *s,
                                          struct rs_str *id)
{
    return rs_multipart_begin(cx, fault_of(s)->inner, id);
}

static enum rs_code fault_multipart_compose(struct rs_cx *cx, struct rs_artifact_store *s,
                                            const struct rs_parts *parts, struct rs_blob *out)
{
    return rs_multipart_compose(cx, fault_of(s)->inner, parts, out);
}

static enum rs_code fault_multipart_drop(struct rs_cx *cx, struct rs_artifact_store *s,
                                         struct rs_str id)
{
    return rs_multipart_drop(cx, fault_of(s)->inner, id);
}

static enum rs_code fault_sweep(struct rs_cx *cx, struct rs_artifact_store *s,
                                struct rs_sweep *sweep)
{
    return rs_artifact_sweep(cx, fault_of(s)->inner, sweep);
}

static enum rs_code fault_view(struct rs_cx *cx, struct rs_str place,
                               struct rs_artifact_store **out)
{
    return rs_artifact_view(cx, &rs_artifact_fs, place, out);
}

static enum rs_code fault_blob_list(struct rs_cx *cx, struct rs_artifact_store *s,
                                    struct rs_blob_walk *walk)
{
    return rs_blob_list(cx, fault_of(s)->inner, walk);
}

static enum rs_code fault_hold(struct rs_cx *cx, struct rs_artifact_store *s, enum rs_hold how,
                               bool *held)
{
    return rs_artifact_hold(cx, fault_of(s)->inner, how, held);
}

void fault_fail_write(struct rs_artifact_store *s, int nth)
{
    pthread_mutex_lock(&fault_of(s)->lock);
    fault_of(s)->fail_write = nth;
    pthread_mutex_unlock(&fault_of(s)->lock);
}

void fault_fail_begin(struct rs_artifact_store *s)
{
    pthread_mutex_lock(&fault_of(s)->lock);
    fault_of(s)->fail_begin = true;
    pthread_mutex_unlock(&fault_of(s)->lock);
}

void fault_fail_end(struct rs_artifact_store *s)
{
    pthread_mutex_lock(&fault_of(s)->lock);
    fault_of(s)->fail_end = true;
    pthread_mutex_unlock(&fault_of(s)->lock);
}

void fault_gate(struct rs_artifact_store *s, bool shut)
{
    struct fault *f = fault_of(s);

    pthread_mutex_lock(&f->lock);
    f->shut = shut;
    pthread_cond_broadcast(&f->changed);
    pthread_mutex_unlock(&f->lock);
}

void fault_await_gate(struct rs_artifact_store *s, int writes)
{
    struct fault *f = fault_of(s);

    pthread_mutex_lock(&f->lock);
    while (f->counts.at_gate < writes) {
        pthread_cond_wait(&f->changed, &f->lock);
    }
    pthread_mutex_unlock(&f->lock);
}

struct fault_counts fault_counts(struct rs_artifact_store *s)
{
    pthread_mutex_lock(&fault_of(s)->lock);
    const struct fault_counts counts = fault_of(s)->counts;
    pthread_mutex_unlock(&fault_of(s)->lock);
    return counts;
}

void fault_await_quiet(struct rs_artifact_store *s, int removed)
{
    struct fault *f = fault_of(s);

    pthread_mutex_lock(&f->lock);
    while (f->counts.begun != f->counts.ended + f->counts.dropped || f->counts.removed < removed) {
        pthread_cond_wait(&f->changed, &f->lock);
    }
    pthread_mutex_unlock(&f->lock);
}

const struct rs_artifact_ops fault_ops = {
    .name = "fault",
    .open = fault_open,
    .view = fault_view,
    .close = fault_close,
    .upload_begin = fault_begin,
    .upload_write = fault_write,
    .upload_end = fault_end,
    .upload_drop = fault_drop,
    .blob_open = fault_blob_open,
    .blob_remove = fault_blob_remove,
    .multipart_begin = fault_multipart_begin,
    .multipart_compose = fault_multipart_compose,
    .multipart_drop = fault_multipart_drop,
    .sweep = fault_sweep,
    .blob_list = fault_blob_list,
    .hold = fault_hold,
};
