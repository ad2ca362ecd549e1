/* SPDX-License-Identifier: Apache-2.0 */
/* Entities as MLflow's GraphQL schema names them: tables of the same structs as REST's, with the
 * schema's names and forms. A field that is absent in REST is "" or "0" or an empty list here, a
 * number of 64 bits is a text, and every object says its type. What a query does not ask for, its
 * client leaves out. */
#include "api/mlflow/experiments.h"
#include "api/mlflow/graphql.h"
#include "api/mlflow/metrics.h"
#include "model/model_version.h"
#include "model/point.h"
#include "model/run.h"
#include "model/view.h"

#define SEARCH(member, flags, names)                                                               \
    RS_FIELD_NAMED(struct rs_ml_graphql_input, search.member, #member, flags, NULL, names)

static const struct rs_fields input_fields = RS_FIELDS(
    struct rs_ml_graphql_input, RS_FIELD(struct rs_ml_graphql_input, experiment_id, 0),
    RS_FIELD(struct rs_ml_graphql_input, run_id, 0),
    RS_FIELD(struct rs_ml_graphql_input, run_uuid, 0), SEARCH(experiment_ids, 0, NULL),
    SEARCH(filter, 0, NULL), SEARCH(run_view_type, 0, rs_view_names),
    SEARCH(max_results, RS_INT32, NULL), SEARCH(order_by, 0, NULL), SEARCH(page_token, 0, NULL),
    RS_FIELD(struct rs_ml_graphql_input, run_ids, 0),
    RS_FIELD(struct rs_ml_graphql_input, metric_key, 0),
    RS_FIELD(struct rs_ml_graphql_input, start_step, RS_INT32),
    RS_FIELD(struct rs_ml_graphql_input, end_step, RS_INT32));

static const struct rs_fields variables_fields = RS_FIELDS(
    struct rs_ml_graphql_variables,
    RS_FIELD_OF(struct rs_ml_graphql_variables, data, 0, &input_fields),
    RS_FIELD_OF(struct rs_ml_graphql_variables, input, 0, &input_fields));

const struct rs_fields rs_ml_graphql_fields = RS_FIELDS(
    struct rs_ml_graphql, RS_FIELD(struct rs_ml_graphql, operation_name, 0),
    RS_FIELD(struct rs_ml_graphql, query, 0),
    RS_FIELD_OF(struct rs_ml_graphql, variables, 0, &variables_fields));

#define TYPE(name) RS_FIELD_LITERAL("__typename", "\"" name "\"")
#define NO_ERROR RS_FIELD_LITERAL("apiError", "null")
#define TEXT(type, member, name) RS_FIELD_NAMED(struct type, member, name, RS_ALWAYS, NULL, NULL)
#define LONG(type, member, name)                                                                   \
    RS_FIELD_NAMED(struct type, member, name, RS_ALWAYS | RS_I64_TEXT, NULL, NULL)
#define FLOAT(type, member, name) RS_FIELD_NAMED(struct type, member, name, RS_FINITE, NULL, NULL)
#define ENUM(type, member, name, names) RS_FIELD_NAMED(struct type, member, name, 0, NULL, names)
#define ONE(type, member, name, fields) RS_FIELD_NAMED(struct type, member, name, 0, fields, NULL)
#define MANY(type, member, name, fields)                                                           \
    RS_FIELD_NAMED(struct type, member, name, RS_EMPTY_TOO, fields, NULL)
#define PAIRS(type, typename)                                                                      \
    RS_FIELDS(struct type, TYPE(typename), TEXT(type, key, "key"), TEXT(type, value, "value"))

static const struct rs_fields experiment_tag = PAIRS(rs_tag, "MlflowExperimentTag");
static const struct rs_fields run_tag = PAIRS(rs_tag, "MlflowRunTag");
static const struct rs_fields input_tag = PAIRS(rs_tag, "MlflowInputTag");
static const struct rs_fields version_tag = PAIRS(rs_tag, "MlflowModelVersionTag");
static const struct rs_fields param = PAIRS(rs_param, "MlflowParam");

static const struct rs_fields experiment = RS_FIELDS(
    struct rs_experiment, TYPE("MlflowExperiment"),
    TEXT(rs_experiment, experiment_id, "experimentId"), TEXT(rs_experiment, name, "name"),
    TEXT(rs_experiment, artifact_location, "artifactLocation"),
    TEXT(rs_experiment, lifecycle_stage, "lifecycleStage"),
    LONG(rs_experiment, last_update_time, "lastUpdateTime"),
    LONG(rs_experiment, creation_time, "creationTime"),
    MANY(rs_experiment, tags, "tags", &experiment_tag),
    RS_FIELD_LITERAL("effectiveTraceArchivalRetention", "\"\""),
    TEXT(rs_experiment, workspace, "workspace"));

/* The literals are what MLflow gives for versions that it has searched for. */
static const struct rs_fields model_version = RS_FIELDS(
    struct rs_model_version, TYPE("MlflowModelVersion"), TEXT(rs_model_version, name, "name"),
    TEXT(rs_model_version, version, "version"),
    LONG(rs_model_version, creation_timestamp, "creationTimestamp"),
    LONG(rs_model_version, last_updated_timestamp, "lastUpdatedTimestamp"),
    TEXT(rs_model_version, current_stage, "currentStage"),
    TEXT(rs_model_version, description, "description"), TEXT(rs_model_version, source, "source"),
    TEXT(rs_model_version, run_id, "runId"),
    ENUM(rs_model_version, status, "status", rs_model_version_status_names),
    MANY(rs_model_version, tags, "tags", &version_tag), TEXT(rs_model_version, run_link, "runLink"),
    MANY(rs_model_version, aliases, "aliases", NULL), RS_FIELD_LITERAL("userId", "\"\""),
    RS_FIELD_LITERAL("statusMessage", "\"\""), RS_FIELD_LITERAL("modelId", "\"\""),
    RS_FIELD_LITERAL("modelParams", "[]"), RS_FIELD_LITERAL("modelMetrics", "[]"));

static const struct rs_fields run_info = RS_FIELDS(
    struct rs_run_info, TYPE("MlflowRunInfo"), TEXT(rs_run_info, run_id, "runId"),
    TEXT(rs_run_info, run_uuid, "runUuid"), TEXT(rs_run_info, run_name, "runName"),
    TEXT(rs_run_info, experiment_id, "experimentId"), TEXT(rs_run_info, user_id, "userId"),
    ENUM(rs_run_info, status, "status", rs_run_status_names),
    LONG(rs_run_info, start_time, "startTime"), LONG(rs_run_info, end_time, "endTime"),
    TEXT(rs_run_info, artifact_uri, "artifactUri"),
    TEXT(rs_run_info, lifecycle_stage, "lifecycleStage"));

static const struct rs_fields metric = RS_FIELDS(
    struct rs_metric, TYPE("MlflowMetricExtension"), TEXT(rs_metric, key, "key"),
    FLOAT(rs_metric, value, "value"), LONG(rs_metric, timestamp, "timestamp"),
    LONG(rs_metric, step, "step"), TEXT(rs_metric, dataset_name, "datasetName"),
    TEXT(rs_metric, dataset_digest, "datasetDigest"), TEXT(rs_metric, model_id, "modelId"),
    TEXT(rs_metric, run_id, "runId"));

static const struct rs_fields run_data = RS_FIELDS(
    struct rs_run_data, TYPE("MlflowRunData"), MANY(rs_run_data, metrics, "metrics", &metric),
    MANY(rs_run_data, params, "params", &param), MANY(rs_run_data, tags, "tags", &run_tag));

static const struct rs_fields dataset = RS_FIELDS(
    struct rs_dataset, TYPE("MlflowDataset"), TEXT(rs_dataset, name, "name"),
    TEXT(rs_dataset, digest, "digest"), TEXT(rs_dataset, source_type, "sourceType"),
    TEXT(rs_dataset, source, "source"), TEXT(rs_dataset, schema, "schema"),
    TEXT(rs_dataset, profile, "profile"));

static const struct rs_fields dataset_input = RS_FIELDS(
    struct rs_dataset_input, TYPE("MlflowDatasetInput"),
    MANY(rs_dataset_input, tags, "tags", &input_tag),
    ONE(rs_dataset_input, dataset, "dataset", &dataset));

static const struct rs_fields model_input = RS_FIELDS(
    struct rs_model_input, TYPE("MlflowModelInput"), TEXT(rs_model_input, model_id, "modelId"));

static const struct rs_fields run_inputs = RS_FIELDS(
    struct rs_run_inputs, TYPE("MlflowRunInputs"),
    MANY(rs_run_inputs, dataset_inputs, "datasetInputs", &dataset_input),
    MANY(rs_run_inputs, model_inputs, "modelInputs", &model_input));

static const struct rs_fields model_output = RS_FIELDS(
    struct rs_model_output, TYPE("MlflowModelOutput"), TEXT(rs_model_output, model_id, "modelId"),
    LONG(rs_model_output, step, "step"));

static const struct rs_fields run_outputs = RS_FIELDS(
    struct rs_run_outputs, TYPE("MlflowRunOutputs"),
    MANY(rs_run_outputs, model_outputs, "modelOutputs", &model_output));

static const struct rs_fields run = RS_FIELDS(
    struct rs_ml_graphql_run, TYPE("MlflowRunExtension"),
    ONE(rs_ml_graphql_run, info, "info", &run_info),
    ONE(rs_ml_graphql_run, experiment, "experiment", &experiment),
    MANY(rs_ml_graphql_run, model_versions, "modelVersions", &model_version),
    ONE(rs_ml_graphql_run, data, "data", &run_data),
    ONE(rs_ml_graphql_run, inputs, "inputs", &run_inputs),
    ONE(rs_ml_graphql_run, outputs, "outputs", &run_outputs));

static const struct rs_fields point = RS_FIELDS(
    struct rs_point, TYPE("MlflowMetricWithRunId"), TEXT(rs_point, key, "key"),
    FLOAT(rs_point, value, "value"), LONG(rs_point, timestamp, "timestamp"),
    LONG(rs_point, step, "step"), TEXT(rs_point, run_id, "runId"));

const struct rs_fields rs_graphql_experiment_reply_fields = RS_FIELDS(
    struct rs_ml_experiment, TYPE("MlflowGetExperimentResponse"), NO_ERROR,
    ONE(rs_ml_experiment, experiment, "experiment", &experiment));

const struct rs_fields rs_graphql_run_reply_fields = RS_FIELDS(
    struct rs_ml_graphql_got_run, TYPE("MlflowGetRunResponse"), NO_ERROR,
    ONE(rs_ml_graphql_got_run, run, "run", &run));

const struct rs_fields rs_graphql_runs_reply_fields = RS_FIELDS(
    struct rs_ml_graphql_found_runs, TYPE("MlflowSearchRunsResponse"), NO_ERROR,
    MANY(rs_ml_graphql_found_runs, runs, "runs", &run),
    TEXT(rs_ml_graphql_found_runs, next_page_token, "nextPageToken"));

const struct rs_fields rs_graphql_history_reply_fields = RS_FIELDS(
    struct rs_ml_history, TYPE("MlflowGetMetricHistoryBulkIntervalResponse"), NO_ERROR,
    MANY(rs_ml_history, metrics, "metrics", &point));
