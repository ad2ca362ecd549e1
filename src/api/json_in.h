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
    RS_JSON_TOKENS_MAX = 200000, /* 1 MiB of "{},{}" would cost the parser 77 MiB; 1,000 metrics
                                    take 20,000 */
    RS_JSON_DEPTH_MAX = 64, /* of bodies above 64 KiB; the parser stops smaller ones at 2,048 */
};

/* Decodes a body into *out, a zeroed struct of that table. An empty body and `null` are an empty
 * object, a JSON string is decoded a second time. Unknown fields are ignored. RS_INVALID in
 * MLflow's words where it has some. Strings are cx's. */
enum rs_code rs_json_decode(struct rs_cx *cx, struct rs_str body, const struct rs_fields *fields,
                            void *out);

/* Decodes a query string likewise: snake_case names only, a repeated list field repeats its key, of
 * a repeated scalar the first counts. */
enum rs_code rs_query_decode(struct rs_cx *cx, struct rs_str query, const struct rs_fields *fields,
                             void *out);

/* RS_INVALID `Missing value for required parameter 'X'...` in MLflow's words. */
enum rs_code rs_fail_missing(struct rs_cx *cx, struct rs_str path);

#endif
