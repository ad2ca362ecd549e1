/* SPDX-License-Identifier: Apache-2.0 */
/* The use cases of runs: which rules hold, and in which order things happen. */
#include "service/runs.h"

#include "base/clock.h"
#include "base/id.h"
#include "model/names.h"
#include "service/events.h"
#include "service/experiments.h"
#include "store/load.h"
#include "store/logged_model.h"

/* The tag whose value is the run's name. */
#define NAME_TAG RS_STR("mlflow.runName")

enum rs_code rs_run_find_active(struct rs_cx *cx, struct rs_store *s, struct rs_str run_id,
                                struct rs_run_ref *out)
{
    RS_TRY(rs_store_run_find(cx, s, run_id, out));
    if (out->stage != RS_STAGE_ACTIVE) {
        return rs_fail(cx, RS_INVALID,
                       "The run " RS_FMT
                       " must be in the 'active' state. Current state is deleted.",
                       RS_ARG(run_id));
    }
    return RS_OK;
}

/* The tag that names the run, or NULL. */
static const struct rs_tag *find_name_tag(const struct rs_list *list)
{
    const struct rs_tag *tags = list->p;

    for (size_t i = 0; i < list->n; i++) {
        if (rs_str_eq(tags[i].key, NAME_TAG)) {
            return &tags[i];
        }
    }
    return NULL;
}

static struct rs_str random_name(struct rs_cx *cx)
{
    uint64_t bits = 0;

    rs_random(&bits, sizeof bits);
    return rs_random_name(cx->arena, bits);
}

static enum rs_code choose_name(struct rs_cx *cx, const struct rs_run_draft *draft,
                                const struct rs_tag *tag, struct rs_str *name)
{
    if (tag != NULL && tag->value.n == 0) {
        return rs_fail(cx, RS_INVALID, "the tag 'mlflow.runName' must not be empty");
    }
    if (tag != NULL && draft->run_name.n > 0 && !rs_str_eq(draft->run_name, tag->value)) {
        return rs_fail(cx, RS_INVALID,
                       "Both 'run_name' argument and 'mlflow.runName' tag are specified, but with "
                       "different values (run_name='" RS_FMT "', mlflow.runName='" RS_FMT "').",
                       RS_ARG(draft->run_name), RS_ARG(tag->value));
    }
    *name = draft->run_name.n > 0 ? draft->run_name : tag != NULL ? tag->value : random_name(cx);
    return RS_OK;
}

static struct rs_str text_or_empty(struct rs_str s)
{
    return s.p != NULL ? s : RS_STR("");
}

/* The tags that a new run has: the draft's, and its name. */
static struct rs_list all_tags(struct rs_cx *cx, const struct rs_list *given, struct rs_str name)
{
    struct rs_tag *tags = RS_NEW_N(cx->arena, struct rs_tag, given->n + 1);
    const struct rs_tag *from = given->p;

    for (size_t i = 0; i < given->n; i++) {
        tags[i] = (struct rs_tag){text_or_empty(from[i].key), text_or_empty(from[i].value)};
    }
    if (find_name_tag(given) != NULL) {
        return RS_LIST(tags, given->n);
    }
    tags[given->n] = (struct rs_tag){NAME_TAG, name};
    return RS_LIST(tags, given->n + 1);
}

/* What the events of a run tell of it. No params, metrics or tags: they are the hot path, and would
 * be most of the log. */
static struct rs_list run_facts(struct rs_arena *a, const struct rs_run_info *info)
{
    enum { N = 7 };
    struct rs_fact *fact = RS_NEW_N(a, struct rs_fact, N);
    const char *status = rs_enum_name(rs_run_status_names, info->status.v);
    size_t n = 0;

    fact[n++] = (struct rs_fact){RS_STR("experiment_id"), info->experiment_id};
    fact[n++] = (struct rs_fact){RS_STR("name"), rs_fact_value(info->run_name)};
    fact[n++] = (struct rs_fact){RS_STR("user_id"), rs_fact_value(info->user_id)};
    fact[n++] = (struct rs_fact){RS_STR("status"), rs_str_of(status != NULL ? status : "")};
    fact[n++] = (struct rs_fact){RS_STR("start_time"), rs_arena_i64(a, info->start_time)};
    if (info->end_time.is_set) {
        fact[n++] = (struct rs_fact){RS_STR("end_time"), rs_arena_i64(a, info->end_time.v)};
    }
    fact[n++] = (struct rs_fact){RS_STR("lifecycle_stage"), info->lifecycle_stage};
    return RS_LIST(fact, n);
}

static enum rs_code record_created(struct rs_cx *cx, struct rs_store *s,
                                   const struct rs_run_info *info)
{
    struct rs_recorder recorder = {.store = s};

    return rs_record(cx, &recorder,
                     &(struct rs_happening){.kind = RS_EVENT_RUN_CREATED,
                                            .subject = rs_subject_run(cx->arena, info->run_id),
                                            .after = run_facts(cx->arena, info)});
}

enum rs_code rs_run_create(struct rs_cx *cx, struct rs_store *s, const struct rs_run_draft *draft,
                           struct rs_run *out)
{
    const struct rs_str in = draft->experiment_id.n > 0 ? draft->experiment_id : RS_STR("0");
    struct rs_run_info *info = RS_NEW(cx->arena, struct rs_run_info);
    struct rs_run_data *data = RS_NEW(cx->arena, struct rs_run_data);
    struct rs_run_new fresh = {.user_id = draft->user_id, .start_time = draft->start_time};
    struct rs_experiment_ref experiment;
    struct rs_run_ref run;

    RS_TRY(rs_experiment_find_active(cx, s, in, &experiment));
    RS_TRY(choose_name(cx, draft, find_name_tag(&draft->tags), &fresh.name));
    fresh.experiment = experiment.id;
    fresh.run_id = rs_id_new(cx->arena);
    data->tags = all_tags(cx, &draft->tags, fresh.name);
    RS_TRY(rs_store_run_create(cx, s, &fresh, &run));
    RS_TRY(rs_store_tags_add(cx, s, &run, data->tags.p, data->tags.n));
    RS_TRY(rs_store_run_info(cx, s, &run, info));
    RS_TRY(record_created(cx, s, info));
    *out = (struct rs_run){.info = RS_SUB(info),
                           .data = RS_SUB(data),
                           .inputs = RS_SUB(RS_NEW(cx->arena, struct rs_run_inputs))};
    return RS_OK;
}

enum rs_code rs_run_get(struct rs_cx *cx, struct rs_store *s, struct rs_str run_id,
                        struct rs_run *out)
{
    struct rs_run_ref run;

    RS_TRY(rs_store_run_find(cx, s, run_id, &run));
    return rs_store_runs_load(cx, s, &run.id, 1, out);
}

enum rs_code rs_run_read(struct rs_cx *cx, struct rs_store *s, struct rs_str run_id,
                         struct rs_run *out)
{
    struct rs_run_ref run;

    RS_TRY(rs_store_run_find(cx, s, run_id, &run));
    return rs_store_runs_read(cx, s, &run.id, 1, out);
}

/* As rs_store_run_update does it to the row. */
static void apply_change(struct rs_run_info *info, const struct rs_run_change *change)
{
    if (change->status.is_set) {
        info->status = change->status;
    }
    if (change->end_time.is_set) {
        info->end_time = (struct rs_opt_i64){change->end_time.v, change->end_time.v != 0};
    }
    if (change->name.n > 0) {
        info->run_name = change->name;
    }
}

/* *out is the run afterwards. */
static enum rs_code change_run(struct rs_cx *cx, struct rs_store *s, const struct rs_run_ref *run,
                               const struct rs_run_change *change, struct rs_run_info *out)
{
    struct rs_happening h = {.kind = RS_EVENT_RUN_UPDATED};
    struct rs_recorder recorder = {.store = s};

    RS_TRY(rs_store_run_info(cx, s, run, out));
    RS_TRY(rs_store_run_update(cx, s, run, change));
    const struct rs_list from = run_facts(cx->arena, out);
    apply_change(out, change);
    const struct rs_list to = run_facts(cx->arena, out);
    rs_facts_differ(cx->arena, &from, &to, &h.before, &h.after);
    if (h.before.n == 0 && h.after.n == 0) {
        return RS_OK;
    }
    h.subject = rs_subject_run(cx->arena, out->run_id);
    return rs_record(cx, &recorder, &h);
}

enum rs_code rs_run_update(struct rs_cx *cx, struct rs_store *s, struct rs_str run_id,
                           const struct rs_run_change *change, struct rs_run_info *out)
{
    const struct rs_tag name = {NAME_TAG, change->name};
    struct rs_run_ref run;

    RS_TRY(rs_run_find_active(cx, s, run_id, &run));
    RS_TRY(change_run(cx, s, &run, change, out));
    return rs_store_tags_put(cx, s, &run, &name, name.value.n > 0);
}

static enum rs_code move(struct rs_cx *cx, struct rs_store *s, struct rs_str run_id,
                         enum rs_stage to)
{
    struct rs_recorder recorder = {.store = s};
    struct rs_run_ref run;

    RS_TRY(rs_store_run_find(cx, s, run_id, &run));
    if (run.stage == to) {
        return RS_OK;
    }
    RS_TRY(rs_store_run_set_stage(cx, s, &run, to, rs_clock_wall_ms()));
    const struct rs_happening h = {
        .kind = to == RS_STAGE_DELETED ? RS_EVENT_RUN_DELETED : RS_EVENT_RUN_RESTORED,
        .subject = rs_subject_run(cx->arena, run_id),
        .before = RS_FACTS({RS_STR("lifecycle_stage"), rs_stage_text(run.stage)}),
        .after = RS_FACTS({RS_STR("lifecycle_stage"), rs_stage_text(to)})};
    return rs_record(cx, &recorder, &h);
}

enum rs_code rs_run_delete(struct rs_cx *cx, struct rs_store *s, struct rs_str run_id)
{
    return move(cx, s, run_id, RS_STAGE_DELETED);
}

enum rs_code rs_run_restore(struct rs_cx *cx, struct rs_store *s, struct rs_str run_id)
{
    return move(cx, s, run_id, RS_STAGE_ACTIVE);
}

/* The tag of the name renames the run, unless it is empty, which changes neither. That is the one
 * thing of a batch that may be an event. */
static enum rs_code put_tags(struct rs_cx *cx, struct rs_store *s, const struct rs_run_ref *run,
                             const struct rs_list *list)
{
    const struct rs_tag *tags = list->p;

    for (size_t i = 0; i < list->n; i++) {
        if (rs_str_eq(tags[i].key, NAME_TAG)) {
            const struct rs_run_change change = {.name = tags[i].value};
            struct rs_run_info info;

            if (change.name.n == 0) {
                continue;
            }
            RS_TRY(change_run(cx, s, run, &change, &info));
        }
        RS_TRY(rs_store_tags_put(cx, s, run, &tags[i], 1));
    }
    return RS_OK;
}

/* As Python writes a list of dictionaries, for MLflow's words. */
static struct rs_str clashes_text(struct rs_arena *a, const struct rs_list *clashes)
{
    const struct rs_param_clash *c = clashes->p;
    struct rs_str text = {"", 0};

    for (size_t i = 0; i < clashes->n && text.n < RS_ERROR_MESSAGE_MAX; i++) {
        const struct rs_str key = rs_quote_repr(a, c[i].key);
        const struct rs_str old_value = rs_quote_repr(a, c[i].old_value);
        const struct rs_str new_value = rs_quote_repr(a, c[i].new_value);

        text = rs_arena_fmt(
            a, RS_FMT "%s{'key': " RS_FMT ", 'old_value': " RS_FMT ", 'new_value': " RS_FMT "}",
            RS_ARG(text), i > 0 ? ", " : "", RS_ARG(key), RS_ARG(old_value), RS_ARG(new_value));
    }
    return text;
}

static enum rs_code put_params(struct rs_cx *cx, struct rs_store *s, const struct rs_run_ref *run,
                               struct rs_str run_id, const struct rs_list *params)
{
    struct rs_list clashes = {0};

    if (params->n == 0) {
        return RS_OK;
    }
    RS_TRY(rs_store_params_put(cx, s, run, params, &clashes));
    if (clashes.n == 0) {
        return RS_OK;
    }
    const struct rs_str text = clashes_text(cx->arena, &clashes);

    return rs_fail(cx, RS_INVALID,
                   "Changing param values is not allowed. Params were already logged='[" RS_FMT
                   "]' for run ID='" RS_FMT "'.",
                   RS_ARG(text), RS_ARG(run_id));
}

enum rs_code rs_run_log(struct rs_cx *cx, struct rs_store *s, struct rs_str run_id,
                        const struct rs_run_data *data)
{
    struct rs_run_ref run;

    RS_TRY(rs_run_find_active(cx, s, run_id, &run));
    RS_TRY(put_params(cx, s, &run, run_id, &data->params));
    RS_TRY(rs_store_metrics_put(cx, s, &run, data->metrics.p, data->metrics.n));
    RS_TRY(rs_store_logged_model_metrics_put(cx, s, run_id, data->metrics.p, data->metrics.n));
    return put_tags(cx, s, &run, &data->tags);
}

enum rs_code rs_run_log_param(struct rs_cx *cx, struct rs_store *s, struct rs_str run_id,
                              const struct rs_param *param)
{
    struct rs_param copy = *param;
    const struct rs_list one = RS_LIST(&copy, 1);
    struct rs_list clashes = {0};
    struct rs_run_ref run;

    RS_TRY(rs_run_find_active(cx, s, run_id, &run));
    RS_TRY(rs_store_params_put(cx, s, &run, &one, &clashes));
    if (clashes.n == 0) {
        return RS_OK;
    }
    const struct rs_param_clash *clash = clashes.p;

    return rs_fail(cx, RS_INVALID,
                   "Changing param values is not allowed. Param with key='" RS_FMT
                   "' was already logged with value='" RS_FMT "' for run ID='" RS_FMT
                   "'. Attempted logging new value '" RS_FMT "'.",
                   RS_ARG(clash->key), RS_ARG(clash->old_value), RS_ARG(run_id),
                   RS_ARG(clash->new_value));
}

enum rs_code rs_run_find_tag(struct rs_cx *cx, struct rs_store *s, struct rs_str run_id,
                             struct rs_str key, struct rs_str *value)
{
    struct rs_run_ref run;

    RS_TRY(rs_run_find_active(cx, s, run_id, &run));
    return rs_store_tag_find(cx, s, &run, key, value);
}

enum rs_code rs_run_delete_tag(struct rs_cx *cx, struct rs_store *s, struct rs_str run_id,
                               struct rs_str key)
{
    struct rs_run_ref run;
    bool was_there = false;

    RS_TRY(rs_run_find_active(cx, s, run_id, &run));
    RS_TRY(rs_store_tag_delete(cx, s, &run, key, &was_there));
    if (!was_there) {
        return rs_fail(cx, RS_NOT_FOUND, "No tag with name: " RS_FMT " in run with id " RS_FMT,
                       RS_ARG(key), RS_ARG(run_id));
    }
    return RS_OK;
}
