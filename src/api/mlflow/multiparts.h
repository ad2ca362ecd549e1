/* SPDX-License-Identifier: Apache-2.0 */
/* Multipart uploads: the messages, and the routes. May be included by api/mlflow.
 * What comes between is in part_address.h. */
#ifndef RS_API_MLFLOW_MULTIPARTS_H
#define RS_API_MLFLOW_MULTIPARTS_H

#include "api/mlflow/messages.h"
#include "http/exchange.h"

/* One part, where it goes. */
struct rs_ml_part_address {
    struct rs_str url;
    int64_t part_number;
    struct rs_sub headers; /* struct rs_ml_empty: none are needed */
};
extern const struct rs_fields rs_ml_part_address_fields;

/* The artifact is the last segment of `path`, the client's own name of the file, below `folder`,
 * which is of the address; also in the next two. */
struct rs_ml_begin_parts {
    struct rs_str folder;
    struct rs_str path;
    int64_t num_parts;
};
extern const struct rs_fields rs_ml_begin_parts_fields;

struct rs_ml_parts_begun {
    struct rs_str upload_id;
    struct rs_list credentials; /* of struct rs_ml_part_address */
};
extern const struct rs_fields rs_ml_parts_begun_fields;

struct rs_ml_part {
    int64_t part_number;
    struct rs_str etag; /* as the part's reply had it, in quotes or without */
};
extern const struct rs_fields rs_ml_part_fields;

struct rs_ml_complete_parts {
    struct rs_str folder;
    struct rs_str path;
    struct rs_str upload_id;
    struct rs_list parts; /* of struct rs_ml_part */
};
extern const struct rs_fields rs_ml_complete_parts_fields;

struct rs_ml_abort_parts {
    struct rs_str folder;
    struct rs_str path;
    struct rs_str upload_id;
};
extern const struct rs_fields rs_ml_abort_parts_fields;

void rs_begin_parts_serve(struct rs_exchange *x);
void rs_complete_parts_serve(struct rs_exchange *x);
void rs_abort_parts_serve(struct rs_exchange *x);

#endif
