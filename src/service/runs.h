/* SPDX-License-Identifier: Apache-2.0 */
/* What can be done with runs. Changes run in the committer, inside their call: all or nothing. May
 * be included by service and api. */
#ifndef RS_SERVICE_RUNS_H
#define RS_SERVICE_RUNS_H

#include "store/run.h"

/* RS_NOT_FOUND; RS_INVALID when the run is deleted: for all that may write only to active ones. */
enum rs_code rs_run_find_active(struct rs_cx *cx, struct rs_store *s, struct rs_str run_id,
                                struct rs_run_ref *out);

/* What a client says of a new run. */
struct rs_run_draft {
    struct rs_str experiment_id; /* empty: experiment 0 */
    struct rs_str user_id;
    struct rs_str run_name; /* empty: the tag mlflow.runName says it, or chance */
    int64_t start_time;     /* ms since the epoch */
    struct rs_list tags;    /* of struct rs_tag; no rule of keys or values holds here */
};

/* Begins a run and gives it back whole (cx's), without outputs. RS_NOT_FOUND or RS_INVALID of the
 * experiment; RS_INVALID on two names that differ and on a tag that comes twice. */
enum rs_code rs_run_create(struct rs_cx *cx, struct rs_store *s, const struct rs_run_draft *draft,
                           struct rs_run *out);

/* The whole run, deleted or not; cx's. RS_NOT_FOUND. */
enum rs_code rs_run_get(struct rs_cx *cx, struct rs_store *s, struct rs_str run_id,
                        struct rs_run *out);

/* The same with info and data as fields, which rs_run_get may leave to the text of an earlier reply
 * (struct rs_run, kept). */
enum rs_code rs_run_read(struct rs_cx *cx, struct rs_store *s, struct rs_str run_id,
                         struct rs_run *out);

/* Changes what is set, from any status to any other; a name is also the tag mlflow.runName. *out is
 * the run afterwards; cx's. */
enum rs_code rs_run_update(struct rs_cx *cx, struct rs_store *s, struct rs_str run_id,
                           const struct rs_run_change *change, struct rs_run_info *out);

/* Both may be repeated. RS_NOT_FOUND. */
enum rs_code rs_run_delete(struct rs_cx *cx, struct rs_store *s, struct rs_str run_id);
enum rs_code rs_run_restore(struct rs_cx *cx, struct rs_store *s, struct rs_str run_id);

/* Logs what was checked before (rs_batch_check, rs_metric_check, rs_tag_check) to an active run:
 * params, metrics, tags. Metrics that name a logged model are its metrics too. RS_NOT_FOUND;
 * RS_INVALID (a param that has another value already, a run that is deleted, a model that is not
 * there). The lists are put in order in place. */
enum rs_code rs_run_log(struct rs_cx *cx, struct rs_store *s, struct rs_str run_id,
                        const struct rs_run_data *data);

/* As rs_run_log with this one param, and MLflow's other words for a changed value. */
enum rs_code rs_run_log_param(struct rs_cx *cx, struct rs_store *s, struct rs_str run_id,
                              const struct rs_param *param);

/* The value of a tag of an active run; cx's, absent when there is none such. */
enum rs_code rs_run_find_tag(struct rs_cx *cx, struct rs_store *s, struct rs_str run_id,
                             struct rs_str key, struct rs_str *value);

/* RS_NOT_FOUND also when the run has no such tag. The run keeps its name when the tag of the name
 * goes. */
enum rs_code rs_run_delete_tag(struct rs_cx *cx, struct rs_store *s, struct rs_str run_id,
                               struct rs_str key);

#endif
