/* SPDX-License-Identifier: Apache-2.0 */
/* Where a model version says that its bytes come from, as a client may say it. Pure. May be
 * included by model and service. Rules: MLflow 3.17.2, handlers.py, _create_model_version. */
#ifndef RS_MODEL_MODEL_SOURCE_H
#define RS_MODEL_MODEL_SOURCE_H

#include "base/cx.h"

enum rs_source_kind {
    RS_SOURCE_LOCAL,     /* a path, file: */
    RS_SOURCE_RUN,       /* runs:/<run id>/<path> */
    RS_SOURCE_LOGGED,    /* models:/<id of a logged model> */
    RS_SOURCE_VERSION,   /* models:/<name>/<number> */
    RS_SOURCE_STAGE,     /* models:/<name>/<stage>, the newest of it */
    RS_SOURCE_LATEST,    /* models:/<name>/latest, the newest of all */
    RS_SOURCE_ALIAS,     /* models:/<name>@<alias> */
    RS_SOURCE_ARTIFACTS, /* mlflow-artifacts:, or a server's route of the same name */
    RS_SOURCE_OTHER,     /* s3: and the like: bytes that a server does not serve */
};

struct rs_model_source {
    enum rs_source_kind kind;
    struct rs_str text; /* as given */
    struct rs_str id;   /* of RUN the run's, of LOGGED the model's, else the registered model's name
                         */
    struct rs_str which; /* the number, stage or alias */
};

/* Reads a source. RS_INVALID with MLflow's words on a models: URI that is none or names a host, and
 * on runs: that names one. Everything points into `text`. */
enum rs_code rs_model_source_parse(struct rs_cx *cx, struct rs_str text,
                                   struct rs_model_source *out);

/* RS_INVALID with MLflow's words when the path of a source that is no local path is not absolute,
 * names nothing, would climb or is not plain, at any depth of percent-coding. */
enum rs_code rs_model_source_path_check(struct rs_cx *cx, const struct rs_model_source *source);

/* Whether a URI or a local path lies in (or is) the root: the same scheme and host, and the root's
 * segments first. Segments are compared after percent-decoding. */
bool rs_uri_is_within(struct rs_arena *a, struct rs_str uri, struct rs_str root);

/* RS_INVALID `Invalid model version source: 'S'. The X request parameter must identify the resource
 * that contains the source.`, where X is "run_id" or "model_id". */
enum rs_code rs_model_source_fail(struct rs_cx *cx, struct rs_str source, const char *which);

#endif
