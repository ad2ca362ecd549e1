/* SPDX-License-Identifier: Apache-2.0 */
/* The events of experiments, runs and logged models: what each says, what makes none, and that
 * after any calls the sum of the events is what the tables say. */
#include "service/events.h"

#include <stdio.h>

#include "service/experiments.h"
#include "service/logged_models.h"
#include "service/runs.h"
#include "store/event.h"
#include "store/logged_model.h"
#include "support/chance.h"
#include "support/scratch.h"

enum { STEPS = 300, SEEDS = 4, THINGS_MAX = 400 };

static struct rs_cx *cx;
static struct rs_store *store;

/* A thing that events tell of, as they tell of it. */
struct thing {
    struct rs_str subject;
    struct rs_list facts;
};
static struct thing things[THINGS_MAX];
static size_t n_things;
static int64_t seen; /* seq of the last event that is in them */

static void open_all(void)
{
    scratch_open();
    cx = scratch_cx();
    store = scratch_store();
    n_things = 0;
    seen = 0;
}

static struct rs_str make_experiment(const char *name)
{
    struct rs_tag tag = {RS_STR("team"), RS_STR("blue")};
    const struct rs_experiment_draft draft = {.name = rs_str_of(name),
                                              .artifact_root = RS_STR("mlflow-artifacts:"),
                                              .tags = RS_LIST(&tag, 1)};
    int64_t id = 0;

    ck_ok(rs_experiment_create(cx, store, &draft, &id));
    return rs_arena_i64(cx->arena, id);
}

static struct rs_str make_run(struct rs_str experiment)
{
    const struct rs_run_draft draft = {.experiment_id = experiment,
                                       .run_name = RS_STR("first"),
                                       .user_id = RS_STR("ada & co"),
                                       .start_time = -5};
    struct rs_run run;

    ck_ok(rs_run_create(cx, store, &draft, &run));
    return ((const struct rs_run_info *)run.info.p)->run_id;
}

static struct rs_str make_model(struct rs_str experiment)
{
    const struct rs_logged_model_draft draft = {.experiment_id = experiment,
                                                .name = RS_STR("net"),
                                                .model_type = RS_STR("agent"),
                                                .source_run_id = RS_STR("r")};
    struct rs_logged_model model;

    ck_ok(rs_logged_model_create(cx, store, &draft, &model));
    return ((const struct rs_logged_model_info *)model.info.p)->model_id;
}

/* The events since the last call: each as "kind subject before -> after" and a line's end. */
static const char *news(void)
{
    const struct rs_event_range range = {.after = seen, .limit = 1000};
    struct rs_str text = RS_STR("");
    struct rs_list events;

    ck_ok(rs_store_events_read(cx, store, &range, &events));
    const struct rs_event *e = events.p;
    for (size_t i = 0; i < events.n; i++) {
        ck_assert_int_eq(e[i].model, 0);
        text = rs_arena_fmt(cx->arena, RS_FMT RS_FMT " " RS_FMT " " RS_FMT " -> " RS_FMT "\n",
                            RS_ARG(text), RS_ARG(e[i].kind), RS_ARG(e[i].subject),
                            RS_ARG(e[i].before), RS_ARG(e[i].after));
        seen = e[i].seq;
    }
    return rs_arena_str(cx->arena, text).p;
}

static const char *line(const char *head, struct rs_str id, const char *tail)
{
    return rs_arena_fmt(cx->arena, "%s" RS_FMT "%s", head, RS_ARG(id), tail).p;
}

START_TEST(an_experiment_tells_its_life)
{
    const struct rs_tag red = {RS_STR("team"), RS_STR("red")};
    const struct rs_tag empty = {RS_STR("new"), {0}};
    const struct rs_str id = make_experiment("x");

    ck_assert_str_eq(news(), "experiment.created experiments/1  -> name=x&artifact_location="
                             "mlflow-artifacts%3A%2F1&lifecycle_stage=active&tag.team=blue\n");
    ck_ok(rs_experiment_rename(cx, store, id, RS_STR("y")));
    ck_assert_str_eq(news(), "experiment.renamed experiments/1 name=x -> name=y\n");
    ck_ok(rs_experiment_set_tag(cx, store, id, &red));
    ck_assert_str_eq(news(), "experiment_tag.set experiments/1 tag.team=blue -> tag.team=red\n");
    ck_ok(rs_experiment_set_tag(cx, store, id, &empty));
    ck_assert_str_eq(news(), "experiment_tag.set experiments/1  -> tag.new=\n");
    ck_ok(rs_experiment_delete_tag(cx, store, id, RS_STR("team")));
    ck_assert_str_eq(news(), "experiment_tag.deleted experiments/1 tag.team=red -> \n");
    ck_ok(rs_experiment_delete(cx, store, id));
    ck_assert_str_eq(news(), "experiment.deleted experiments/1 lifecycle_stage=active -> "
                             "lifecycle_stage=deleted\n");
    ck_ok(rs_experiment_restore(cx, store, id));
    ck_assert_str_eq(news(), "experiment.restored experiments/1 lifecycle_stage=deleted -> "
                             "lifecycle_stage=active\n");
}
END_TEST

START_TEST(a_run_tells_its_life)
{
    const struct rs_run_change end = {
        .status = RS_SOME_ENUM(RS_RUN_FINISHED), .end_time = {77, true}, .name = RS_STR("second")};
    const struct rs_run_change again = {.status = RS_SOME_ENUM(RS_RUN_RUNNING),
                                        .end_time = {0, true}};
    const struct rs_str id = make_run(RS_STR("0"));
    struct rs_run_info info;

    ck_assert_str_eq(
        news(),
        line(
            "run.created runs/", id,
            "  -> experiment_id=0&name=first&user_id=ada%20%26%20co&status=RUNNING&start_time=-5&lifecycle_stage=active\n"));
    ck_ok(rs_run_update(cx, store, id, &end, &info));
    ck_assert_str_eq(
        news(), line("run.updated runs/", id,
                     " name=first&status=RUNNING -> name=second&status=FINISHED&end_time=77\n"));
    ck_ok(rs_run_update(cx, store, id, &again, &info));
    ck_assert_str_eq(
        news(), line("run.updated runs/", id, " status=FINISHED&end_time=77 -> status=RUNNING\n"));
    ck_ok(rs_run_delete(cx, store, id));
    ck_assert_str_eq(news(), line("run.deleted runs/", id,
                                  " lifecycle_stage=active -> lifecycle_stage=deleted\n"));
    ck_ok(rs_run_restore(cx, store, id));
    ck_assert_str_eq(news(), line("run.restored runs/", id,
                                  " lifecycle_stage=deleted -> lifecycle_stage=active\n"));
}
END_TEST

START_TEST(a_logged_model_tells_its_life)
{
    const struct rs_str id = make_model(RS_STR("0"));
    struct rs_logged_model model;

    ck_assert_str_eq(
        news(),
        line(
            "logged_model.created logged_models/", id,
            "  -> experiment_id=0&name=net&model_type=agent&source_run_id=r&status=LOGGED_MODEL_PENDING&lifecycle_stage=active\n"));
    ck_ok(rs_logged_model_finalize(cx, store, id, RS_LOGGED_MODEL_READY, &model));
    ck_assert_str_eq(news(), line("logged_model.updated logged_models/", id,
                                  " status=LOGGED_MODEL_PENDING -> status=LOGGED_MODEL_READY\n"));
    ck_ok(rs_logged_model_delete(cx, store, id));
    ck_assert_str_eq(news(), line("logged_model.deleted logged_models/", id,
                                  " lifecycle_stage=active -> lifecycle_stage=deleted\n"));
}
END_TEST

START_TEST(what_is_logged_makes_no_event)
{
    struct rs_metric metric = {.key = RS_STR("loss"), .value = 0.5, .timestamp = 1};
    struct rs_param param = {RS_STR("lr"), RS_STR("1")};
    struct rs_tag tags[] = {{RS_STR("a"), RS_STR("b")}, {RS_STR("mlflow.runName"), RS_STR("")}};
    const struct rs_run_data data = {
        .metrics = RS_LIST(&metric, 1), .params = RS_LIST(&param, 1), .tags = RS_LIST(tags, 2)};
    const struct rs_list one = RS_LIST(tags, 1);
    const struct rs_str id = make_run(RS_STR("0"));
    const struct rs_str model = make_model(RS_STR("0"));

    (void)news();
    ck_ok(rs_run_log(cx, store, id, &data));
    ck_ok(rs_run_delete_tag(cx, store, id, RS_STR("a")));
    ck_ok(rs_logged_model_set_tags(cx, store, model, &one));
    ck_assert_str_eq(news(), "");
    tags[1].value = RS_STR("named by a tag");
    ck_ok(rs_run_log(cx, store, id, &data));
    ck_assert_str_eq(news(),
                     line("run.updated runs/", id, " name=first -> name=named%20by%20a%20tag\n"));
}
END_TEST

START_TEST(what_changes_nothing_makes_no_event)
{
    const struct rs_run_change same = {.status = RS_SOME_ENUM(RS_RUN_RUNNING),
                                       .name = RS_STR("first")};
    const struct rs_tag blue = {RS_STR("team"), RS_STR("blue")};
    const struct rs_str experiment = make_experiment("x");
    const struct rs_str id = make_run(experiment);
    const struct rs_str model = make_model(experiment);
    struct rs_logged_model out;
    struct rs_run_info info;

    (void)news();
    ck_ok(rs_experiment_rename(cx, store, experiment, RS_STR("x")));
    ck_ok(rs_experiment_set_tag(cx, store, experiment, &blue));
    ck_ok(rs_run_update(cx, store, id, &same, &info));
    ck_ok(rs_run_update(cx, store, id, &(struct rs_run_change){0}, &info));
    ck_ok(rs_run_restore(cx, store, id));
    ck_ok(rs_logged_model_finalize(cx, store, model, RS_LOGGED_MODEL_PENDING, &out));
    ck_assert_str_eq(news(), "");
    ck_ok(rs_run_delete(cx, store, id));
    ck_ok(rs_logged_model_delete(cx, store, model));
    (void)news();
    ck_ok(rs_run_delete(cx, store, id));
    ck_ok(rs_logged_model_delete(cx, store, model));
    ck_assert_str_eq(news(), "");
}
END_TEST

START_TEST(what_is_refused_makes_no_event)
{
    const struct rs_str first = make_experiment("x");
    const struct rs_str id = make_run(first);
    struct rs_run_info info;

    (void)make_experiment("y");
    ck_ok(rs_experiment_delete(cx, store, first));
    (void)news();
    ck_fails(rs_experiment_rename(cx, store, first, RS_STR("z")), RS_INVALID, "non-active");
    ck_fails(rs_experiment_rename(cx, store, RS_STR("2"), RS_STR("x")), RS_EXISTS, "exists");
    ck_fails(rs_experiment_delete(cx, store, first), RS_NOT_FOUND, "No Experiment");
    ck_fails(rs_experiment_delete_tag(cx, store, RS_STR("2"), RS_STR("k")), RS_NOT_FOUND, "k");
    ck_fails(rs_run_update(cx, store, id, &(struct rs_run_change){.name = RS_STR("n")}, &info),
             RS_INVALID, "deleted");
    ck_fails(rs_run_delete(cx, store, RS_STR("nobody")), RS_NOT_FOUND, "nobody");
    ck_assert_str_eq(news(), "");
}
END_TEST

/* --- any calls ---------------------------------------------------------------------------------
 */

static struct thing *thing_of(struct rs_str subject)
{
    for (size_t i = 0; i < n_things; i++) {
        if (rs_str_eq(things[i].subject, subject)) {
            return &things[i];
        }
    }
    ck_assert_uint_lt(n_things, THINGS_MAX);
    things[n_things] = (struct thing){subject, RS_LIST(NULL, 0)};
    return &things[n_things++];
}

static void take(struct thing *t, const struct rs_event *e)
{
    ck_ok(rs_facts_after(cx, &t->facts, e, &t->facts));
}

static void take_news(void)
{
    const struct rs_event_range range = {.after = seen, .limit = 1000};
    struct rs_list events;

    ck_ok(rs_store_events_read(cx, store, &range, &events));
    const struct rs_event *e = events.p;
    for (size_t i = 0; i < events.n; i++) {
        struct thing *t = thing_of(e[i].subject);

        ck_assert_msg(!rs_str_eq(e[i].before, e[i].after), "an event of nothing");
        take(t, &e[i]);
        /* An experiment takes its runs with it. */
        for (size_t k = 0; rs_str_starts(e[i].kind, RS_STR("experiment.")) && k < n_things; k++) {
            const struct rs_str of = rs_fact_of(&things[k].facts, RS_STR("experiment_id"));

            if (rs_fact_of(&t->facts, RS_STR("lifecycle_stage")).p != NULL &&
                !rs_str_starts(e[i].kind, RS_STR("experiment.renamed")) &&
                rs_str_starts(things[k].subject, RS_STR("runs/")) &&
                rs_str_eq(rs_str_from(t->subject, strlen("experiments/")), of)) {
                take(&things[k], &e[i]);
            }
        }
        seen = e[i].seq;
    }
}

static void ck_fact(const struct thing *t, const char *name, struct rs_str want)
{
    const struct rs_str is = rs_fact_of(&t->facts, rs_str_of(name));

    ck_assert_msg((is.p == NULL) == (want.p == NULL) && rs_str_eq(is, want),
                  RS_FMT ": %s is \"" RS_FMT "\" by the events and \"" RS_FMT "\" by the tables",
                  RS_ARG(t->subject), name, RS_ARG(is), RS_ARG(want));
}

static void ck_experiment(const struct thing *t, struct rs_str id)
{
    struct rs_experiment e;
    enum { OWN = 3 };

    ck_ok(rs_experiment_get(cx, store, id, &e));
    ck_fact(t, "name", e.name);
    ck_fact(t, "artifact_location", e.artifact_location);
    ck_fact(t, "lifecycle_stage", e.lifecycle_stage);
    ck_assert_uint_eq(t->facts.n, OWN + e.tags.n);
    for (size_t i = 0; i < e.tags.n; i++) {
        const struct rs_tag *tag = (const struct rs_tag *)e.tags.p + i;

        ck_fact(t, rs_tag_fact(cx->arena, tag->key).p, tag->value);
    }
}

static void ck_run(const struct thing *t, struct rs_str id)
{
    struct rs_run run;

    ck_ok(rs_run_get(cx, store, id, &run));
    const struct rs_run_info *info = run.info.p;
    ck_fact(t, "experiment_id", info->experiment_id);
    ck_fact(t, "name", info->run_name);
    ck_fact(t, "user_id", info->user_id);
    ck_fact(t, "status", rs_str_of(rs_enum_name(rs_run_status_names, info->status.v)));
    ck_fact(t, "start_time", rs_arena_i64(cx->arena, info->start_time));
    ck_fact(t, "end_time",
            info->end_time.is_set ? rs_arena_i64(cx->arena, info->end_time.v) : (struct rs_str){0});
    ck_fact(t, "lifecycle_stage", info->lifecycle_stage);
}

static void ck_model(const struct thing *t, struct rs_str id)
{
    struct rs_logged_model_ref ref;
    struct rs_logged_model model;

    ck_ok(rs_store_logged_model_find(cx, store, id, &ref));
    ck_ok(rs_logged_model_get(cx, store, id, true, &model));
    const struct rs_logged_model_info *info = model.info.p;
    ck_fact(t, "experiment_id", info->experiment_id);
    ck_fact(t, "name", info->name);
    ck_fact(t, "model_type", info->model_type);
    ck_fact(t, "source_run_id", info->source_run_id);
    ck_fact(t, "status", rs_str_of(rs_enum_name(rs_logged_model_status_names, info->status.v)));
    ck_fact(t, "lifecycle_stage", rs_stage_text(ref.stage));
}

static void ck_all(void)
{
    for (size_t i = 0; i < n_things; i++) {
        const struct rs_str subject = things[i].subject;
        const size_t slash = rs_str_find(subject, '/', 0);
        const struct rs_str id = rs_str_from(subject, slash + 1);

        (rs_str_starts(subject, RS_STR("runs/"))            ? ck_run
         : rs_str_starts(subject, RS_STR("logged_models/")) ? ck_model
                                                            : ck_experiment)(&things[i], id);
    }
}

/* The id of any thing of that kind; "nobody" where there is none. */
static struct rs_str any_id(struct rs_str path)
{
    struct rs_str id = RS_STR("nobody");
    unsigned n = 0;

    for (size_t i = 0; i < n_things; i++) {
        if (rs_str_starts(things[i].subject, path) && chance(++n) == 0) {
            id = rs_str_from(things[i].subject, path.n);
        }
    }
    return id;
}

static struct rs_str any_text(void)
{
    static const char *const texts[] = {"", "1", "x=1&y=%41", "name\n+ 名"};

    return rs_str_of(texts[chance(4)]);
}

static void create_something(struct rs_str experiment)
{
    const struct rs_run_draft run_draft = {.experiment_id = experiment,
                                           .run_name = any_text(),
                                           .user_id = any_text(),
                                           .start_time = (int64_t)chance(9) - 4};
    const struct rs_logged_model_draft draft = {.experiment_id = experiment,
                                                .model_type = any_text()};
    struct rs_logged_model model;
    struct rs_run run;

    if (chance(2) == 0) {
        (void)rs_run_create(cx, store, &run_draft, &run);
    } else {
        (void)rs_logged_model_create(cx, store, &draft, &model);
    }
}

static void change_experiment(struct rs_str id)
{
    const struct rs_str name = rs_arena_fmt(cx->arena, "e%u", chance(8));
    const struct rs_tag tag = {rs_arena_fmt(cx->arena, "t %u", chance(3)), any_text()};

    switch (chance(5)) {
    case 0:
        (void)rs_experiment_delete(cx, store, id);
        break;
    case 1:
        (void)rs_experiment_restore(cx, store, id);
        break;
    case 2:
        (void)rs_experiment_rename(cx, store, id, name);
        break;
    case 3:
        (void)rs_experiment_set_tag(cx, store, id, &tag);
        break;
    default:
        (void)rs_experiment_delete_tag(cx, store, id, tag.key);
    }
}

static void change_run(struct rs_str id)
{
    const struct rs_run_change change = {.status = {(int)chance(5) + 1, chance(2) == 0},
                                         .end_time = {(int64_t)chance(3), chance(2) == 0},
                                         .name = any_text()};
    struct rs_tag tags[] = {{RS_STR("mlflow.runName"), any_text()}, {RS_STR("a"), any_text()}};
    const struct rs_run_data data = {.tags = RS_LIST(tags, 1 + chance(2))};
    struct rs_run_info info;

    switch (chance(5)) {
    case 0:
        (void)rs_run_delete(cx, store, id);
        break;
    case 1:
        (void)rs_run_restore(cx, store, id);
        break;
    case 2:
        (void)rs_run_log(cx, store, id, &data);
        break;
    default:
        (void)rs_run_update(cx, store, id, &change, &info);
    }
}

static void change_model(struct rs_str id)
{
    struct rs_logged_model model;

    if (chance(4) == 0) {
        (void)rs_logged_model_delete(cx, store, id);
    } else {
        (void)rs_logged_model_finalize(cx, store, id, (enum rs_logged_model_status)(1 + chance(3)),
                                       &model);
    }
}

static void do_anything(void)
{
    const struct rs_str experiment = any_id(RS_STR("experiments/"));

    switch (chance(8)) {
    case 0:
        if (rs_str_is(experiment, "nobody") || chance(3) == 0) {
            (void)make_experiment(rs_arena_fmt(cx->arena, "x%u", chance(1U << 30)).p);
        }
        break;
    case 1:
    case 2:
        create_something(experiment);
        break;
    case 3:
        change_experiment(experiment);
        break;
    case 4:
        change_model(any_id(RS_STR("logged_models/")));
        break;
    default:
        change_run(any_id(RS_STR("runs/")));
    }
    rs_cx_clear(cx);
}

START_TEST(the_sum_of_the_events_is_what_the_tables_say)
{
    chance_begin((uint64_t)_i + 1);
    for (int step = 0; step < STEPS; step++) {
        do_anything();
        take_news();
        ck_all();
    }
    ck_assert_uint_gt(n_things, 10);
    ck_assert_int_gt(seen, STEPS / 4);
}
END_TEST

static void add(TCase *tests)
{
    tcase_add_test(tests, an_experiment_tells_its_life);
    tcase_add_test(tests, a_run_tells_its_life);
    tcase_add_test(tests, a_logged_model_tells_its_life);
    tcase_add_test(tests, what_is_logged_makes_no_event);
    tcase_add_test(tests, what_changes_nothing_makes_no_event);
    tcase_add_test(tests, what_is_refused_makes_no_event);
    tcase_add_loop_test(tests, the_sum_of_the_events_is_what_the_tables_say, 0, SEEDS);
}

int main(void)
{
    return scratch_main("events", open_all, add);
}
