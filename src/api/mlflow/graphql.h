/* SPDX-License-Identifier: Apache-2.0 */
/* The GraphQL of MLflow's web pages: four operations, known by name (docs/decisions/0015). May be
 * included by api/mlflow. */
#ifndef RS_API_MLFLOW_GRAPHQL_H
#define RS_API_MLFLOW_GRAPHQL_H

#include "api/mlflow/search.h"

struct rs_exchange;

/* POST /graphql. What can be read as a request is answered with status 200 and `data` or `errors`,
 * as GraphQL has it; what cannot with 400 and `errors`; our own trouble as on every other route. */
void rs_graphql_serve(struct rs_exchange *x);

/* Its request. */
struct rs_ml_graphql {
    struct rs_str operation_name;
    struct rs_str query;     /* read only where there is no operation_name */
    struct rs_sub variables; /* struct rs_ml_graphql_variables */
};
extern const struct rs_fields rs_ml_graphql_fields;

/* Each operation has one variable, which has one of two names. */
struct rs_ml_graphql_variables {
    struct rs_sub data; /* struct rs_ml_graphql_input, as is the other */
    struct rs_sub input;
};

/* The fields of all inputs: a name means the same in each of them. */
struct rs_ml_graphql_input {
    struct rs_str experiment_id;
    struct rs_str run_id;
    struct rs_str run_uuid;          /* the deprecated name: run_id is preferred */
    struct rs_ml_search_runs search; /* max_results is that of a history, too */
    struct rs_strs run_ids;
    struct rs_str metric_key;
    struct rs_opt_i64 start_step;
    struct rs_opt_i64 end_step;
};

/* A run with what MLflow's GraphQL adds to it. */
struct rs_ml_graphql_run {
    struct rs_sub info;            /* struct rs_run_info */
    struct rs_sub experiment;      /* struct rs_experiment */
    struct rs_list model_versions; /* of struct rs_model_version: those that the run was source of
                                    */
    struct rs_sub data;            /* struct rs_run_data */
    struct rs_sub inputs;          /* struct rs_run_inputs */
    struct rs_sub outputs;         /* struct rs_run_outputs */
};

/* Replies: the value of the operation's field in `data`. */
struct rs_ml_graphql_got_run {
    struct rs_sub run; /* struct rs_ml_graphql_run */
};
struct rs_ml_graphql_found_runs {
    struct rs_list runs; /* of struct rs_ml_graphql_run */
    struct rs_str next_page_token;
};
/* In MLflow's schema; of struct rs_ml_experiment, rs_ml_graphql_got_run, rs_ml_graphql_found_runs
 * and rs_ml_history. */
extern const struct rs_fields rs_graphql_experiment_reply_fields;
extern const struct rs_fields rs_graphql_run_reply_fields;
extern const struct rs_fields rs_graphql_runs_reply_fields;
extern const struct rs_fields rs_graphql_history_reply_fields;

#endif
