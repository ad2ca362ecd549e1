/* SPDX-License-Identifier: Apache-2.0 */
/* The fields of experiments, their names and ids. */
#include "model/experiment.h"

#include "model/integer.h"
#include "model/limits.h"

const struct rs_fields rs_experiment_fields = RS_FIELDS(
    struct rs_experiment, RS_FIELD(struct rs_experiment, experiment_id, 0),
    RS_FIELD(struct rs_experiment, name, 0), RS_FIELD(struct rs_experiment, artifact_location, 0),
    RS_FIELD(struct rs_experiment, lifecycle_stage, 0),
    RS_FIELD(struct rs_experiment, last_update_time, 0),
    RS_FIELD(struct rs_experiment, creation_time, 0),
    RS_FIELD_OF(struct rs_experiment, tags, 0, &rs_free_tag_fields),
    RS_FIELD(struct rs_experiment, workspace, 0));

enum rs_code rs_experiment_name_check(struct rs_cx *cx, struct rs_str name)
{
    if (name.n == 0) {
        return rs_fail(cx, RS_INVALID, "Invalid experiment name: ''");
    }
    return rs_length_check(cx, "name", RS_EXPERIMENT_NAME_MAX, name);
}

enum rs_code rs_experiment_id_parse(struct rs_cx *cx, struct rs_str text, int64_t *id)
{
    if (rs_integer_parse(text, id)) {
        return RS_OK;
    }
    return rs_fail(cx, RS_INVALID,
                   "Invalid experiment ID '" RS_FMT "'. Experiment ID must be a valid integer.",
                   RS_ARG(text));
}
