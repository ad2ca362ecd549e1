/* SPDX-License-Identifier: Apache-2.0 */
/* The fields of runs, and what one request may log to one. */
#include "model/run.h"

#include "model/limits.h"
#include "model/word.h"

const struct rs_enum_name rs_run_status_names[] = {
    {"RUNNING", RS_RUN_RUNNING}, {"SCHEDULED", RS_RUN_SCHEDULED}, {"FINISHED", RS_RUN_FINISHED},
    {"FAILED", RS_RUN_FAILED},   {"KILLED", RS_RUN_KILLED},       {NULL, 0},
};

const struct rs_fields rs_run_info_fields = RS_FIELDS(
    struct rs_run_info, RS_FIELD(struct rs_run_info, run_uuid, 0),
    RS_FIELD(struct rs_run_info, experiment_id, 0), RS_FIELD(struct rs_run_info, run_name, 0),
    RS_FIELD(struct rs_run_info, user_id, 0),
    RS_FIELD_ENUM(struct rs_run_info, status, 0, rs_run_status_names),
    RS_FIELD(struct rs_run_info, start_time, 0), RS_FIELD(struct rs_run_info, end_time, 0),
    RS_FIELD(struct rs_run_info, artifact_uri, 0), RS_FIELD(struct rs_run_info, lifecycle_stage, 0),
    RS_FIELD(struct rs_run_info, run_id, 0));

const struct rs_fields rs_run_data_fields = RS_FIELDS(
    struct rs_run_data, RS_FIELD_OF(struct rs_run_data, metrics, 0, &rs_metric_fields),
    RS_FIELD_OF(struct rs_run_data, params, 0, &rs_param_fields),
    RS_FIELD_OF(struct rs_run_data, tags, 0, &rs_tag_fields));

const struct rs_fields rs_model_input_fields = RS_FIELDS(
    struct rs_model_input, RS_FIELD(struct rs_model_input, model_id, 0));

const struct rs_fields rs_model_output_fields = RS_FIELDS(
    struct rs_model_output, RS_FIELD(struct rs_model_output, model_id, 0),
    RS_FIELD(struct rs_model_output, step, 0));

const struct rs_fields rs_run_inputs_fields = RS_FIELDS(
    struct rs_run_inputs,
    RS_FIELD_OF(struct rs_run_inputs, dataset_inputs, 0, &rs_dataset_input_fields),
    RS_FIELD_OF(struct rs_run_inputs, model_inputs, 0, &rs_model_input_fields));

const struct rs_fields rs_run_outputs_fields = RS_FIELDS(
    struct rs_run_outputs,
    RS_FIELD_OF(struct rs_run_outputs, model_outputs, 0, &rs_model_output_fields));

const struct rs_fields rs_run_fields = RS_FIELDS_KEPT(
    struct rs_run, 2, kept, RS_FIELD_OF(struct rs_run, info, 0, &rs_run_info_fields),
    RS_FIELD_OF(struct rs_run, data, 0, &rs_run_data_fields),
    RS_FIELD_OF(struct rs_run, inputs, 0, &rs_run_inputs_fields),
    RS_FIELD_OF(struct rs_run, outputs, 0, &rs_run_outputs_fields));

static bool is_first_of_id(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* A trailing newline passes, as in keys: the pattern of MLflow ends in "$". */
static bool is_run_id(struct rs_str id)
{
    size_t at = 1;
    size_t n = 1;

    if (id.n > 0 && id.p[id.n - 1] == '\n') {
        id.n--;
    }
    if (id.n == 0 || !is_first_of_id(id.p[0])) {
        return false;
    }
    for (; at < id.n; n++) {
        const int32_t c = rs_utf8_next(id, &at);

        if (c != '-' && !rs_is_word(c)) {
            return false;
        }
    }
    return n <= RS_RUN_ID_MAX;
}

enum rs_code rs_run_id_check(struct rs_cx *cx, struct rs_str run_id)
{
    if (is_run_id(run_id)) {
        return RS_OK;
    }
    const struct rs_str shown = rs_quote_ascii(cx->arena, run_id);

    return rs_fail(cx, RS_INVALID, "Invalid value " RS_FMT " for parameter 'run_id' supplied.",
                   RS_ARG(shown));
}

static enum rs_code check_count(struct rs_cx *cx, const char *what, size_t max, size_t n)
{
    if (n <= max) {
        return RS_OK;
    }
    return rs_fail(cx, RS_INVALID,
                   "A batch logging request can contain at most %zu %s. Got %zu %s. Please split "
                   "up %s across multiple requests and try again.",
                   max, what, n, what, what);
}

enum rs_code rs_batch_size_check(struct rs_cx *cx, size_t n_metrics, size_t n_params, size_t n_tags)
{
    RS_TRY(check_count(cx, "metrics", RS_BATCH_METRICS_MAX, n_metrics));
    RS_TRY(check_count(cx, "params", RS_BATCH_PARAMS_MAX, n_params));
    RS_TRY(check_count(cx, "tags", RS_BATCH_TAGS_MAX, n_tags));
    return check_count(cx, "metrics, params, and tags", RS_BATCH_ENTITIES_MAX,
                       n_metrics + n_params + n_tags);
}

static bool is_among(const struct rs_param *params, size_t n, struct rs_str key)
{
    for (size_t i = 0; i < n; i++) {
        if (rs_str_eq(params[i].key, key)) {
            return true;
        }
    }
    return false;
}

/* A batch has at most RS_BATCH_PARAMS_MAX, so comparing each with each is cheap. */
static enum rs_code check_params_unique(struct rs_cx *cx, const struct rs_param *params, size_t n)
{
    struct rs_str twice = {"", 0};

    for (size_t i = 1; i < n; i++) {
        if (is_among(params, i, params[i].key)) {
            const struct rs_str quoted = rs_quote_repr(cx->arena, params[i].key);

            twice = rs_arena_fmt(cx->arena, RS_FMT "%s" RS_FMT, RS_ARG(twice),
                                 twice.n > 0 ? ", " : "", RS_ARG(quoted));
        }
    }
    if (twice.n == 0) {
        return RS_OK;
    }
    return rs_fail(cx, RS_INVALID,
                   "Duplicate parameter keys have been submitted: [" RS_FMT
                   "]. Please ensure the request contains only one param value per param key.",
                   RS_ARG(twice));
}

enum rs_code rs_batch_check(struct rs_cx *cx, const struct rs_run_data *data)
{
    const struct rs_metric *metrics = data->metrics.p;
    struct rs_param *params = data->params.p;
    struct rs_tag *tags = data->tags.p;

    RS_TRY(rs_batch_size_check(cx, data->metrics.n, data->params.n, data->tags.n));
    for (size_t i = 0; i < data->metrics.n; i++) {
        RS_TRY(rs_metric_check(cx, RS_ITEM("metrics", i), &metrics[i]));
    }
    for (size_t i = 0; i < data->params.n; i++) {
        RS_TRY(rs_param_check(cx, RS_ITEM("params", i), &params[i]));
    }
    for (size_t i = 0; i < data->tags.n; i++) {
        RS_TRY(rs_tag_check(cx, RS_ITEM("tags", i), &tags[i]));
    }
    return check_params_unique(cx, params, data->params.n);
}
