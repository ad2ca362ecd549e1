/* SPDX-License-Identifier: Apache-2.0 */
/* The fields of datasets and their rule. */
#include "model/dataset.h"

#include "model/limits.h"

const struct rs_fields rs_dataset_fields = RS_FIELDS(
    struct rs_dataset, RS_FIELD(struct rs_dataset, name, 0), RS_FIELD(struct rs_dataset, digest, 0),
    RS_FIELD(struct rs_dataset, source_type, 0), RS_FIELD(struct rs_dataset, source, 0),
    RS_FIELD(struct rs_dataset, schema, 0), RS_FIELD(struct rs_dataset, profile, 0));

const struct rs_fields rs_dataset_input_fields = RS_FIELDS(
    struct rs_dataset_input, RS_FIELD_OF(struct rs_dataset_input, tags, 0, &rs_free_tag_fields),
    RS_FIELD_OF(struct rs_dataset_input, dataset, 0, &rs_dataset_fields));

const struct rs_fields rs_dataset_summary_fields = RS_FIELDS(
    struct rs_dataset_summary, RS_FIELD(struct rs_dataset_summary, experiment_id, 0),
    RS_FIELD(struct rs_dataset_summary, name, 0), RS_FIELD(struct rs_dataset_summary, digest, 0),
    RS_FIELD(struct rs_dataset_summary, context, 0));

static enum rs_code dataset_check(struct rs_cx *cx, const struct rs_dataset *d)
{
    RS_TRY(rs_length_check(cx, "name", RS_DATASET_NAME_MAX, d->name));
    RS_TRY(rs_length_check(cx, "digest", RS_DATASET_DIGEST_MAX, d->digest));
    RS_TRY(rs_length_check(cx, "source", RS_DATASET_SOURCE_MAX, d->source));
    RS_TRY(rs_length_check(cx, "schema", RS_DATASET_SCHEMA_MAX, d->schema));
    return rs_length_check(cx, "profile", RS_DATASET_PROFILE_MAX, d->profile);
}

enum rs_code rs_dataset_input_check(struct rs_cx *cx, const struct rs_dataset_input *input)
{
    const struct rs_tag *tags = input->tags.p;

    if (input->dataset.p != NULL) {
        RS_TRY(dataset_check(cx, input->dataset.p));
    }
    for (size_t i = 0; i < input->tags.n; i++) {
        RS_TRY(rs_input_tag_check(cx, &tags[i]));
    }
    return RS_OK;
}
