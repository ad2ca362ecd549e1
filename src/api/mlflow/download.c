/* SPDX-License-Identifier: Apache-2.0 */
/* Downloads: a READ call finds the row and opens the blob; the reply is sendfile. */
#include "api/call.h"
#include "api/mlflow/artifacts.h"
#include "http/file.h"
#include "model/media_type.h"
#include "service/artifacts.h"

#include <unistd.h>

const struct rs_fields rs_download_fields = {.size = sizeof(struct rs_download)};

enum rs_code rs_download_open(struct rs_call *c, const struct rs_artifact_path *path,
                              struct rs_download *out)
{
    struct rs_artifact_file file;
    int64_t stored = 0;

    RS_TRY(rs_artifact_get(c->cx, c->store, path, &file));
    RS_TRY(rs_blob_open(c->cx, c->api->artifacts, file.key, &out->fd, &stored));
    if (stored != file.size) {
        close(out->fd);
        return rs_fail(c->cx, RS_CORRUPT,
                       "the stored bytes of '" RS_FMT "' are %lld, but %lld were stored",
                       RS_ARG(path->path), (long long)stored, (long long)file.size);
    }
    out->name = file.name;
    out->sha256 = file.sha256;
    out->size = file.size;
    out->modified_ms = file.modified_ms;
    return RS_OK;
}

void rs_download_finish(struct rs_call *c, enum rs_code code)
{
    const struct rs_download *d = c->reply;

    if (code != RS_OK) {
        rs_reply_error(c->x);
        return;
    }
    rs_reply_file(c->x, &(struct rs_file){.fd = d->fd,
                                          .size = (uint64_t)d->size,
                                          .etag = d->sha256,
                                          .modified_ms = d->modified_ms,
                                          .name = d->name,
                                          .media_type = rs_media_type(d->name)});
}

static enum rs_code open_by_path(struct rs_call *c, const void *request, void *reply)
{
    return rs_download_open(c, request, reply);
}

void rs_download_serve(struct rs_exchange *x)
{
    static const struct rs_endpoint endpoint = {.lane = RS_LANE_READ,
                                                .permission = RS_PERM_ARTIFACT_READ,
                                                .reply = &rs_download_fields,
                                                .handle = open_by_path,
                                                .rpc = "downloadArtifact"};
    struct rs_artifact_path *path = RS_NEW(x->cx.arena, struct rs_artifact_path);

    if (rs_artifact_path_parse(&x->cx, rs_exchange_param(x, "path"), path) != RS_OK) {
        rs_reply_error(x);
        return;
    }
    rs_call_start(x, &endpoint, path, rs_download_finish);
}
