/* SPDX-License-Identifier: Apache-2.0 */
/* Requests into structs, by their field tables: JSON bodies and query strings. May be included by
 * api.
 *
 * The rules are those of MLflow 3.17.2 (protobuf's JSON mapping and mlflow/server/handlers.py),
 * made strict where upstream stores wrong data: see docs/decisions. */
#ifndef RS_API_JSON_IN_H
#define RS_API_JSON_IN_H

#include "base/cx.h"
#include "model/field.h"

enum {
    /* Bytes of the parser's memory, the texts themselves not counted: 1 MiB of "{},{}" would cost
     * 77 MiB. 1,000 metrics take 0.7 MiB, 10,000 parts of an upload 7, 200,000 ids 12. */
    RS_JSON_TREE_MAX = 16 << 20,
    RS_JSON_DEPTH_MAX = 64, /* levels; no message has more than five */
};

/* Decodes a body into *out, a zeroed struct of that table. An empty body and `null` are an empty
 * object, a JSON string is decoded a second time. Unknown fields are ignored. RS_INVALID in
 * MLflow's words where it has some, and beyond the limits above. Strings are cx's, the body may go.
 */
enum rs_code rs_json_decode(struct rs_cx *cx, struct rs_str body, const struct rs_fields *fields,
                            void *out);

/* Decodes a query string likewise: snake_case names only, a repeated list field repeats its key, of
 * a repeated scalar the first counts. */
enum rs_code rs_query_decode(struct rs_cx *cx, struct rs_str query, const struct rs_fields *fields,
                             void *out);

/* RS_INVALID `Missing value for required parameter 'X'...` in MLflow's words. */
enum rs_code rs_fail_missing(struct rs_cx *cx, struct rs_str path);

#endif
