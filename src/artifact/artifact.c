/* SPDX-License-Identifier: Apache-2.0 */
/* What every backend has in common: the calls, and the check of what a key may look like. */
#include "artifact/artifact.h"

#include <assert.h>

enum rs_code rs_artifact_open(struct rs_cx *cx, const struct rs_artifact_ops *ops,
                              struct rs_str place, struct rs_artifact_store **out)
{
    return ops->open(cx, place, out);
}

enum rs_code rs_artifact_view(struct rs_cx *cx, const struct rs_artifact_ops *ops,
                              struct rs_str place, struct rs_artifact_store **out)
{
    RS_TRY(ops->view(cx, place, out));
    (*out)->is_view = true;
    return RS_OK;
}

/* What is opened for reading is not changed, by mistake either. */
static enum rs_code check_writable(struct rs_cx *cx, const struct rs_artifact_store *s)
{
    return s->is_view ? rs_fail(cx, RS_UNSUPPORTED, "the artifacts are opened for reading only")
                      : RS_OK;
}

void rs_artifact_close(struct rs_artifact_store *s)
{
    if (s != NULL) {
        s->ops->close(s);
    }
}

enum rs_code rs_upload_begin(struct rs_cx *cx, struct rs_artifact_store *s,
                             const struct rs_upload_options *o, struct rs_upload **out)
{
    if (o->part_of.p != NULL && (o->part_number < 1 || o->part_number > RS_PART_NUMBER_MAX)) {
        return rs_fail(cx, RS_INVALID, "part number %d is not between 1 and %d", o->part_number,
                       RS_PART_NUMBER_MAX);
    }
    if (o->key.p != NULL) {
        RS_TRY(rs_blob_key_check(cx, o->key));
    }
    RS_TRY(check_writable(cx, s));
    return s->ops->upload_begin(cx, s, o, out);
}

enum rs_code rs_upload_write(struct rs_cx *cx, struct rs_upload *up, const void *bytes, size_t n)
{
    return up->ops->upload_write(cx, up, bytes, n);
}

enum rs_code rs_upload_end(struct rs_cx *cx, struct rs_upload *up, struct rs_blob *out)
{
    return up->ops->upload_end(cx, up, out);
}

void rs_upload_drop(struct rs_upload *up)
{
    if (up != NULL) {
        up->ops->upload_drop(up);
    }
}

static bool is_hex_digit(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

static bool is_key(struct rs_str key)
{
    if (key.n != RS_BLOB_KEY_LEN || key.p[2] != '/') {
        return false;
    }
    for (size_t i = 0; i < key.n; i++) {
        if (i != 2 && !is_hex_digit(key.p[i])) {
            return false;
        }
    }
    return key.p[0] == key.p[3] && key.p[1] == key.p[4];
}

enum rs_code rs_blob_key_check(struct rs_cx *cx, struct rs_str key)
{
    if (!is_key(key)) {
        return rs_fail(cx, RS_CORRUPT, "\"" RS_FMT "\" is not the key of a blob", RS_ARG(key));
    }
    return RS_OK;
}

enum rs_code rs_blob_open(struct rs_cx *cx, struct rs_artifact_store *s, struct rs_str key, int *fd,
                          int64_t *size)
{
    RS_TRY(rs_blob_key_check(cx, key));
    return s->ops->blob_open(cx, s, key, fd, size);
}

enum rs_code rs_blob_remove(struct rs_cx *cx, struct rs_artifact_store *s, struct rs_str key)
{
    RS_TRY(rs_blob_key_check(cx, key));
    RS_TRY(check_writable(cx, s));
    return s->ops->blob_remove(cx, s, key);
}

enum rs_code rs_multipart_begin(struct rs_cx *cx, struct rs_artifact_store *s, struct rs_str *id)
{
    RS_TRY(check_writable(cx, s));
    return s->ops->multipart_begin(cx, s, id);
}

/* What holds for parts on every backend, so that none has to look. */
static enum rs_code check_parts(struct rs_cx *cx, const struct rs_parts *parts)
{
    int last = 0;

    if (parts->n == 0 || parts->n > RS_PART_NUMBER_MAX) {
        return rs_fail(cx, RS_INVALID, "a multipart upload has 1 to %d parts, not %zu",
                       RS_PART_NUMBER_MAX, parts->n);
    }
    for (size_t i = 0; i < parts->n; i++) {
        const int number = parts->part[i].number;
        if (number <= last || number > RS_PART_NUMBER_MAX) {
            return rs_fail(cx, RS_INVALID,
                           "part numbers rise from 1 to at most %d, and %d came after %d",
                           RS_PART_NUMBER_MAX, number, last);
        }
        last = number;
    }
    return RS_OK;
}

enum rs_code rs_multipart_compose(struct rs_cx *cx, struct rs_artifact_store *s,
                                  const struct rs_parts *parts, struct rs_blob *out)
{
    RS_TRY(check_parts(cx, parts));
    RS_TRY(check_writable(cx, s));
    return s->ops->multipart_compose(cx, s, parts, out);
}

enum rs_code rs_multipart_drop(struct rs_cx *cx, struct rs_artifact_store *s, struct rs_str id)
{
    RS_TRY(check_writable(cx, s));
    return s->ops->multipart_drop(cx, s, id);
}

enum rs_code rs_artifact_sweep(struct rs_cx *cx, struct rs_artifact_store *s,
                               struct rs_sweep *sweep)
{
    assert(sweep->is_known != NULL);
    RS_TRY(check_writable(cx, s));
    return s->ops->sweep(cx, s, sweep);
}

enum rs_code rs_blob_list(struct rs_cx *cx, struct rs_artifact_store *s, struct rs_blob_walk *walk)
{
    assert(walk->found != NULL);
    return s->ops->blob_list(cx, s, walk);
}

enum rs_code rs_artifact_hold(struct rs_cx *cx, struct rs_artifact_store *s, enum rs_hold how,
                              bool *held)
{
    return s->ops->hold(cx, s, how, held);
}
