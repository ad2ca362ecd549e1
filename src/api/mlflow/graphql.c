/* SPDX-License-Identifier: Apache-2.0 */
/* POST /graphql: the operation is known by its name, and answered with all fields of its type; no
 * query is parsed. */
#include "api/mlflow/graphql.h"

#include "api/json_out.h"
#include "api/mlflow/routes.h"
#include "service/experiments.h"
#include "service/runs.h"
#include "service/search.h"

/* A row of the table at the end. */
struct operation {
    struct rs_endpoint endpoint; /* first */
    const char *name;
    const char *field; /* of `data` */
    const char *type;  /* of the variable */
    size_t variable;   /* offset of its struct rs_sub in the variables */
};

static enum rs_code get_experiment(struct rs_call *c, const void *request, void *reply)
{
    const struct rs_ml_graphql_input *q = request;
    struct rs_ml_experiment *out = reply;
    struct rs_experiment *experiment = RS_NEW(c->cx->arena, struct rs_experiment);

    out->experiment = RS_SUB(experiment);
    /* None is experiment 0, as MLflow has it here. */
    return rs_experiment_get(c->cx, c->store,
                             q->experiment_id.n > 0 ? q->experiment_id : RS_STR("0"), experiment);
}

/* Adds the experiment, which is *last for most runs of a page, and the model versions. */
static enum rs_code dress_run(struct rs_call *c, const struct rs_run *run,
                              struct rs_experiment **last, struct rs_ml_graphql_run *out)
{
    struct rs_arena *a = c->cx->arena;
    const struct rs_run_info *info = run->info.p;
    const struct rs_search_request of_run = {
        .filter = rs_arena_fmt(a, "run_id='" RS_FMT "'", RS_ARG(info->run_id))};
    struct rs_search_reply versions = {0};

    if (*last == NULL || !rs_str_eq((*last)->experiment_id, info->experiment_id)) {
        *last = RS_NEW(a, struct rs_experiment);
        RS_TRY(rs_experiment_get(c->cx, c->store, info->experiment_id, *last));
    }
    RS_TRY(rs_search_model_versions(c->cx, c->store, &of_run, &versions));
    *out = (struct rs_ml_graphql_run){.info = run->info,
                                      .experiment = RS_SUB(*last),
                                      .model_versions = versions.items,
                                      .data = run->data,
                                      .inputs = run->inputs,
                                      .outputs = run->outputs};
    return RS_OK;
}

static enum rs_code get_run(struct rs_call *c, const void *request, void *reply)
{
    const struct rs_ml_graphql_input *q = request;
    struct rs_ml_graphql_got_run *out = reply;
    struct rs_experiment *experiment = NULL;
    struct rs_run run;

    out->run = RS_SUB(RS_NEW(c->cx->arena, struct rs_ml_graphql_run));
    RS_TRY(rs_run_read(c->cx, c->store, q->run_id.n > 0 ? q->run_id : q->run_uuid, &run));
    return dress_run(c, &run, &experiment, out->run.p);
}

static enum rs_code search_runs(struct rs_call *c, const void *request, void *reply)
{
    const struct rs_ml_graphql_input *q = request;
    struct rs_ml_graphql_found_runs *out = reply;
    struct rs_search_request search = rs_ml_search_of(&q->search);
    struct rs_search_reply found = {0};
    struct rs_experiment *experiment = NULL;

    search.unfolded = true;
    RS_TRY(rs_search_runs(c->cx, c->store, &search, &found));
    const struct rs_run *run = found.items.p;
    struct rs_ml_graphql_run *dressed = RS_NEW_N(c->cx->arena, struct rs_ml_graphql_run,
                                                 found.items.n);
    *out = (struct rs_ml_graphql_found_runs){RS_LIST(dressed, found.items.n),
                                             found.next_page_token};
    for (size_t i = 0; i < found.items.n; i++) {
        RS_TRY(dress_run(c, &run[i], &experiment, &dressed[i]));
    }
    return RS_OK;
}

/* As REST has it, with its rules. */
static enum rs_code get_history(struct rs_call *c, const void *request, void *reply)
{
    const struct rs_ml_graphql_input *q = request;
    const struct rs_ml_get_history_interval asked = {.run_ids = q->run_ids,
                                                     .metric_key = q->metric_key,
                                                     .start_step = q->start_step,
                                                     .end_step = q->end_step,
                                                     .max_results = q->search.max_results};

    return rs_ml_get_history_interval(c, &asked, reply);
}

#define OPERATION(perm, reply_fields, fn, operation_name, data_field, input_type, member)          \
    {                                                                                              \
        .endpoint = {.lane = RS_LANE_READ,                                                         \
                     .permission = RS_PERM_##perm,                                                 \
                     .reply = &rs_graphql_##reply_fields##_reply_fields,                           \
                     .handle = fn,                                                                 \
                     .rpc = "graphql"},                                                            \
        .name = operation_name, .field = data_field, .type = input_type,                           \
        .variable = offsetof(struct rs_ml_graphql_variables, member)                               \
    }

static const struct operation operations[] = {
    OPERATION(EXPERIMENT_READ, experiment, get_experiment, "MlflowGetExperimentQuery",
              "mlflowGetExperiment", "MlflowGetExperimentInput", input),
    OPERATION(RUN_READ, run, get_run, "GetRun", "mlflowGetRun", "MlflowGetRunInput", data),
    OPERATION(RUN_READ, runs, search_runs, "SearchRuns", "mlflowSearchRuns",
              "MlflowSearchRunsInput", data),
    OPERATION(RUN_READ, history, get_history, "GetMetricHistoryBulkInterval",
              "mlflowGetMetricHistoryBulkInterval", "MlflowGetMetricHistoryBulkIntervalInput",
              data),
};

/* What a client reads as the failure of what it asked: field is NULL where that is not known. */
static void reply_errors(struct rs_exchange *x, unsigned status, const char *field)
{
    struct rs_buf *out = &x->reply.body;

    rs_buf_clear(out);
    rs_reply_json(x, status);
    if (field != NULL) {
        rs_buf_fmt(out, "{\"data\":{\"%s\":null},\"errors\":[", field);
    } else {
        RS_BUF_LIT(out, "{\"data\":null,\"errors\":[");
    }
    rs_json_string(out, rs_str_of(x->cx.error.message));
    RS_BUF_LIT(out, "]}");
}

static void finish(struct rs_call *c, enum rs_code code)
{
    const struct operation *op = (const struct operation *)c->endpoint;
    struct rs_exchange *x = c->x;

    if (code == RS_OK) {
        rs_reply_json(x, 200);
        rs_buf_fmt(&x->reply.body, "{\"data\":{\"%s\":", op->field);
        rs_json_encode(&x->reply.body, op->endpoint.reply, c->reply);
        RS_BUF_LIT(&x->reply.body, "},\"errors\":null}");
        if (rs_reply_fits(x)) {
            return;
        }
    }
    if (rs_code_status(c->cx->error.code) < 500) {
        reply_errors(x, 200, op->field);
        return;
    }
    rs_reply_error(x);
}

static bool is_of_name(char ch)
{
    return ch == '_' || (ch >= '0' && ch <= '9') || ((ch | 0x20) >= 'a' && (ch | 0x20) <= 'z');
}

/* The name of the first operation in a query's text: of "query Name(", "Name". */
static struct rs_str first_name(struct rs_str query)
{
    static const struct rs_str word = RS_STR_INIT("query ");
    struct rs_str rest = rs_str_trim(query);
    size_t n = 0;

    if (!rs_str_starts(rest, word)) {
        return (struct rs_str){"", 0};
    }
    rest = rs_str_trim(rs_str_from(rest, word.n));
    while (n < rest.n && is_of_name(rest.p[n])) {
        n++;
    }
    return (struct rs_str){rest.p, n};
}

static enum rs_code find_operation(struct rs_cx *cx, const struct rs_ml_graphql *q,
                                   const struct operation **out)
{
    const struct rs_str name = q->operation_name.p != NULL ? q->operation_name
                                                           : first_name(q->query);

    for (size_t i = 0; i < sizeof operations / sizeof operations[0]; i++) {
        if (rs_str_is(name, operations[i].name)) {
            *out = &operations[i];
            return RS_OK;
        }
    }
    return rs_fail(cx, RS_INVALID,
                   "Unknown operation named '" RS_FMT
                   "'. This server parses no GraphQL: it answers by name what MLflow's pages ask "
                   "(%s, %s, %s, %s); use the REST API for anything else.",
                   RS_ARG(name), operations[0].name, operations[1].name, operations[2].name,
                   operations[3].name);
}

static enum rs_code find_input(struct rs_cx *cx, const struct operation *op,
                               const struct rs_ml_graphql *q, const void **out)
{
    const char *variables = q->variables.p;

    *out = variables != NULL ? ((const struct rs_sub *)(variables + op->variable))->p : NULL;
    if (*out == NULL) {
        const bool is_data = op->variable == offsetof(struct rs_ml_graphql_variables, data);

        return rs_fail(cx, RS_INVALID, "Variable '$%s' of required type '%s!' was not provided.",
                       is_data ? "data" : "input", op->type);
    }
    return RS_OK;
}

void rs_graphql_serve(struct rs_exchange *x)
{
    const struct operation *op = NULL;
    struct rs_ml_graphql q = {0};
    const void *input = NULL;

    if (rs_call_check_type(x) != RS_OK) {
        rs_reply_error(x);
        return;
    }
    if (rs_call_read(x, &rs_ml_graphql_fields, &q) != RS_OK) {
        reply_errors(x, 400, NULL);
        return;
    }
    if (find_operation(&x->cx, &q, &op) != RS_OK || find_input(&x->cx, op, &q, &input) != RS_OK) {
        reply_errors(x, 200, NULL);
        return;
    }
    rs_call_start(x, &op->endpoint, input, finish);
}
