/* SPDX-License-Identifier: Apache-2.0 */
/* Paths of artifacts, as clients name them. Pure. May be included by artifact, service and api.
 *
 * The path names a row, never a file of ours, so nothing here guards the disk. It guards the
 * clients, which make files out of these paths, and whoever else reads them. Rules:
 * mlflow/utils/uri.py, with backslashes taken seriously. */
#ifndef RS_MODEL_ARTIFACT_PATH_H
#define RS_MODEL_ARTIFACT_PATH_H

#include "base/cx.h"

struct rs_artifact_path {
    struct rs_str path; /* "dir/sub/name"; empty is the root. cx's */
    struct rs_str dir;  /* "dir/sub"; empty is the root */
    struct rs_str base; /* "name" */
    bool is_dir;        /* written as a folder: empty, or with a slash at the end */
};

/* Reads a path that was percent-decoded once. RS_INVALID "Invalid path" on: a ".." segment, also
 * behind backslashes or further percent signs; a "." segment; an absolute path, also of Windows,
 * and "file:"; "#"; a path over RS_ARTIFACT_PATH_MAX_BYTES or a segment over
 * RS_ARTIFACT_NAME_MAX_BYTES. Doubled slashes become one. Control characters become %xx, as MLflow
 * has it. */
enum rs_code rs_artifact_path_parse(struct rs_cx *cx, struct rs_str text,
                                    struct rs_artifact_path *out);

/* Decodes %XX again and again until nothing changes; broken escapes stay. False when that takes
 * more than eight rounds. For looking at what others may make of a text, not for using it. *out is
 * the arena's or text itself. */
bool rs_unquote(struct rs_arena *a, struct rs_str text, struct rs_str *out);

/* Whether a ".." segment is in the path, between slashes or backslashes, at any depth of
 * percent-coding. */
bool rs_path_climbs(struct rs_arena *a, struct rs_str path);

#endif
