/* SPDX-License-Identifier: Apache-2.0 */
/* The use cases of multipart uploads. */
#include "service/multiparts.h"

#include "base/clock.h"
#include "service/artifacts.h"
#include "store/artifact.h"

enum rs_code rs_multipart_record(struct rs_cx *cx, struct rs_store *s, const struct rs_multipart *m)
{
    return rs_store_multipart_put(cx, s, m->id, m->path.path, rs_clock_wall_ms());
}

static enum rs_code fail_unknown(struct rs_cx *cx, const struct rs_multipart *m)
{
    return rs_fail(cx, RS_NOT_FOUND, "no multipart upload of '" RS_FMT "' has the id '" RS_FMT "'",
                   RS_ARG(m->path.path), RS_ARG(m->id));
}

enum rs_code rs_multipart_find(struct rs_cx *cx, struct rs_store *s, const struct rs_multipart *m,
                               bool *is_complete)
{
    struct rs_multipart_row row;
    bool found = false;

    RS_TRY(rs_store_multipart_find(cx, s, m->id, &row, &found));
    if (!found || !rs_str_eq(row.path, m->path.path)) {
        return fail_unknown(cx, m);
    }
    *is_complete = row.is_complete;
    return RS_OK;
}

enum rs_code rs_multipart_complete(struct rs_cx *cx, struct rs_store *s,
                                   const struct rs_multipart *m, const struct rs_blob *blob,
                                   bool *is_new)
{
    bool is_complete = false;

    *is_new = false;
    RS_TRY(rs_multipart_find(cx, s, m, &is_complete));
    if (is_complete) {
        return RS_OK;
    }
    RS_TRY(rs_artifact_put(cx, s, &m->path, blob, is_new));
    return rs_store_multipart_complete(cx, s, m->id, rs_clock_wall_ms());
}

enum rs_code rs_multipart_forget(struct rs_cx *cx, struct rs_store *s, const struct rs_multipart *m)
{
    struct rs_multipart_row row;
    bool found = false;

    RS_TRY(rs_store_multipart_find(cx, s, m->id, &row, &found));
    if (!found) {
        return RS_OK;
    }
    return rs_str_eq(row.path, m->path.path) ? rs_store_multipart_delete(cx, s, m->id)
                                             : fail_unknown(cx, m);
}
