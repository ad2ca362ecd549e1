/* SPDX-License-Identifier: Apache-2.0 */
/* Runs and what they log, as the store keeps them. May be included by service. */
#ifndef RS_STORE_RUN_H
#define RS_STORE_RUN_H

#include "model/run.h"
#include "store/store.h"

/* A run as other rows know it. */
struct rs_run_ref {
    int64_t id;
    int64_t experiment;
    enum rs_stage stage;
};

/* RS_NOT_FOUND `Run with id=X not found`. */
enum rs_code rs_store_run_find(struct rs_cx *cx, struct rs_store *s, struct rs_str run_id,
                               struct rs_run_ref *out);

/* A run that begins: active and RUNNING, without an end. */
struct rs_run_new {
    struct rs_str run_id; /* nobody has it yet */
    int64_t experiment;
    struct rs_str name;
    struct rs_str user_id; /* absent is "" */
    int64_t start_time;    /* ms since the epoch */
};

enum rs_code rs_store_run_create(struct rs_cx *cx, struct rs_store *s, const struct rs_run_new *r,
                                 struct rs_run_ref *out);

/* What is not set stays. */
struct rs_run_change {
    struct rs_opt_enum status;  /* enum rs_run_status */
    struct rs_opt_i64 end_time; /* ms since the epoch; 0 clears it */
    struct rs_str name;         /* empty: stays */
};

enum rs_code rs_store_run_update(struct rs_cx *cx, struct rs_store *s, const struct rs_run_ref *run,
                                 const struct rs_run_change *change);

/* now: ms since the epoch. A run that is in that stage already stays as it is. */
enum rs_code rs_store_run_set_stage(struct rs_cx *cx, struct rs_store *s,
                                    const struct rs_run_ref *run, enum rs_stage stage, int64_t now);

/* The run without what it logged; cx's. */
enum rs_code rs_store_run_info(struct rs_cx *cx, struct rs_store *s, const struct rs_run_ref *run,
                               struct rs_run_info *out);

/* Adds points. One that is there already is the same point and changes nothing (P9). The latest
 * value of each metric follows. The array is sorted by key in place. */
enum rs_code rs_store_metrics_put(struct rs_cx *cx, struct rs_store *s,
                                  const struct rs_run_ref *run, struct rs_metric *metrics,
                                  size_t n);

/* A param that the run has with another value. */
struct rs_param_clash {
    struct rs_str key;
    struct rs_str old_value;
    struct rs_str new_value;
};

/* Adds params; one that is there with the same value changes nothing (P9). *clashes is a list of
 * struct rs_param_clash, cx's, in the order of the params: the caller decides what they mean. */
enum rs_code rs_store_params_put(struct rs_cx *cx, struct rs_store *s, const struct rs_run_ref *run,
                                 const struct rs_list *params, struct rs_list *clashes);

/* Sets tags; the last value of a key counts. */
enum rs_code rs_store_tags_put(struct rs_cx *cx, struct rs_store *s, const struct rs_run_ref *run,
                               const struct rs_tag *tags, size_t n);

/* Sets tags of a run that has none yet; no key is absent. RS_INVALID on a key that comes twice. */
enum rs_code rs_store_tags_add(struct rs_cx *cx, struct rs_store *s, const struct rs_run_ref *run,
                               const struct rs_tag *tags, size_t n);

/* The value of a tag, cx's; absent when the run has no such tag. */
enum rs_code rs_store_tag_find(struct rs_cx *cx, struct rs_store *s, const struct rs_run_ref *run,
                               struct rs_str key, struct rs_str *value);

/* *was_there tells whether there was anything to delete. */
enum rs_code rs_store_tag_delete(struct rs_cx *cx, struct rs_store *s, const struct rs_run_ref *run,
                                 struct rs_str key, bool *was_there);

#endif
