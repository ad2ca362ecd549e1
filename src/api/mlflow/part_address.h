/* SPDX-License-Identifier: Apache-2.0 */
/* The address of one part of a multipart upload, and the route behind it. May be included by
 * api/mlflow.
 *
 * The address carries its own permission, because the client sends parts without credentials, as it
 * would to S3: it is signed by us, for one part of one upload and for RS_PART_ADDRESS_S seconds. */
#ifndef RS_API_MLFLOW_PART_ADDRESS_H
#define RS_API_MLFLOW_PART_ADDRESS_H

#include "http/exchange.h"
#include "model/field.h"

enum { RS_PART_ADDRESS_S = 3600 }; /* as MLflow's for S3 */

/* What stands before the path of an address: the setting public-url, or how this request reached
 * us. RS_INVALID when neither is known. *base is cx's. */
enum rs_code rs_part_address_base(struct rs_exchange *x, struct rs_str *base);

/* The address of a part, from now on; x's. Any thread that owns the exchange. */
struct rs_str rs_part_address(struct rs_exchange *x, struct rs_str base, struct rs_str upload_id,
                              int64_t part_number);

/* The query of an address. */
struct rs_ml_part_query {
    int64_t expires; /* seconds since the epoch */
    struct rs_str signature;
};
extern const struct rs_fields rs_ml_part_query_fields;

/* PUT: the body becomes the part; the tag of its bytes is the reply's ETag. */
extern const struct rs_body_ops rs_part_ops;
void rs_part_serve(struct rs_exchange *x);

#endif
