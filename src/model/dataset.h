/* SPDX-License-Identifier: Apache-2.0 */
/* Datasets that runs used. Pure. May be included by model, store, service and api. Rules:
 * mlflow/utils/validation.py and mlflow/protos/service.proto. */
#ifndef RS_MODEL_DATASET_H
#define RS_MODEL_DATASET_H

#include "model/field.h"
#include "model/tag.h"

/* Its identity is (experiment, name, digest): what else a later request says of it is ignored. */
struct rs_dataset {
    struct rs_str name;
    struct rs_str digest;
    struct rs_str source_type;
    struct rs_str source; /* JSON text, as are the next two; absent ones are left out of replies */
    struct rs_str schema;
    struct rs_str profile;
};

/* The edge between a run and a dataset. */
struct rs_dataset_input {
    struct rs_list tags;   /* of struct rs_tag; the key mlflow.data.context says what for */
    struct rs_sub dataset; /* struct rs_dataset */
};

struct rs_dataset_summary {
    struct rs_str experiment_id;
    struct rs_str name;
    struct rs_str digest;
    struct rs_str context; /* absent when no tag says it */
};

extern const struct rs_fields rs_dataset_fields;
extern const struct rs_fields rs_dataset_input_fields;
extern const struct rs_fields rs_dataset_summary_fields;

/* Checks the lengths of the dataset, which may be absent, and of the tags. RS_INVALID names the
 * field. */
enum rs_code rs_dataset_input_check(struct rs_cx *cx, const struct rs_dataset_input *input);

#endif
