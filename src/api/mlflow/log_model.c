/* SPDX-License-Identifier: Apache-2.0 */
/* runs/log-model, which clients before logged models call: what a run has made, as JSON in one of
 * its tags. */
#include "api/json_in.h"
#include "api/json_scan.h"
#include "api/mlflow/routes.h"
#include "service/runs.h"

#define HISTORY_TAG RS_STR("mlflow.log-model.history")

const struct rs_fields rs_ml_log_model_fields = RS_FIELDS(
    struct rs_ml_log_model, RS_FIELD(struct rs_ml_log_model, run_id, RS_REQUIRED),
    RS_FIELD(struct rs_ml_log_model, model_json, RS_REQUIRED));

/* What of a model goes into the tag, in MLflow's order. */
enum { RUN_ID, ARTIFACT_PATH, UTC_TIME_CREATED, MODEL_UUID, FLAVORS, N_PARTS };

static const struct {
    const char *name;
    bool is_required;
} parts[N_PARTS] = {
    [RUN_ID] = {"run_id", true},
    [ARTIFACT_PATH] = {"artifact_path", true},
    [UTC_TIME_CREATED] = {"utc_time_created", true},
    [MODEL_UUID] = {"model_uuid", false},
    [FLAVORS] = {"flavors", true},
};

static bool is_object(struct rs_str text)
{
    return text.n > 0 && text.p[0] == '{';
}

/* A list or a number is no model either. */
static enum rs_code check_json(struct rs_cx *cx, struct rs_str text)
{
    struct rs_ml_empty nothing;

    if (rs_json_decode(cx, text, &rs_ml_empty_fields, &nothing) == RS_OK && is_object(text)) {
        return RS_OK;
    }
    rs_cx_clear(cx);
    return rs_fail(cx, RS_INVALID, "Malformed model info. \n " RS_FMT " \n is not a valid JSON.",
                   RS_ARG(text));
}

static void find_parts(struct rs_str model, struct rs_str found[N_PARTS])
{
    struct rs_json_member m;
    size_t at = 0;

    while (rs_json_next(model, &at, &m)) {
        for (size_t i = 0; i < N_PARTS; i++) {
            if (rs_str_is(m.name, parts[i].name)) {
                found[i] = m.value;
            }
        }
    }
}

static enum rs_code check_parts(struct rs_cx *cx, const struct rs_str found[N_PARTS])
{
    struct rs_str missing = {"", 0};

    for (size_t i = 0; i < N_PARTS; i++) {
        if (parts[i].is_required && found[i].p == NULL) {
            missing = rs_arena_fmt(cx->arena, RS_FMT "%s'%s'", RS_ARG(missing),
                                   missing.n > 0 ? ", " : "", parts[i].name);
        }
    }
    if (missing.n > 0) {
        return rs_fail(cx, RS_INVALID, "Model json is missing mandatory fields: {" RS_FMT "}",
                       RS_ARG(missing));
    }
    if (!is_object(found[FLAVORS])) {
        return rs_fail(cx, RS_INVALID, "Model json has flavors that are not an object");
    }
    return RS_OK;
}

/* The members of an object, each as `put` writes it. */
static void put_members(struct rs_buf *out, struct rs_str object,
                        void (*put)(struct rs_buf *out, const struct rs_json_member *m))
{
    struct rs_json_member m;
    size_t at = 0;

    rs_buf_putc(out, '{');
    while (rs_json_next(object, &at, &m)) {
        put(out, &m);
    }
    rs_buf_putc(out, '}');
}

static void put_member(struct rs_buf *out, struct rs_str name, struct rs_str value)
{
    if (out->p[out->n - 1] != '{') {
        RS_BUF_LIT(out, ", ");
    }
    rs_buf_putc(out, '"');
    rs_buf_str(out, name);
    RS_BUF_LIT(out, "\": ");
    rs_buf_str(out, value);
}

/* The configuration of a flavor may be as long as a model, and is left out. */
static void put_flavor_member(struct rs_buf *out, const struct rs_json_member *m)
{
    if (!rs_str_is(m->name, "config")) {
        put_member(out, m->name, m->value);
    }
}

static void put_flavor(struct rs_buf *out, const struct rs_json_member *m)
{
    if (!is_object(m->value)) {
        put_member(out, m->name, m->value);
        return;
    }
    put_member(out, m->name, RS_STR(""));
    put_members(out, m->value, put_flavor_member);
}

static void put_model(struct rs_buf *out, const struct rs_str found[N_PARTS])
{
    rs_buf_putc(out, '{');
    for (size_t i = 0; i < FLAVORS; i++) {
        put_member(out, rs_str_of(parts[i].name), found[i].p != NULL ? found[i] : RS_STR("null"));
    }
    put_member(out, RS_STR("flavors"), RS_STR(""));
    put_members(out, found[FLAVORS], put_flavor);
    rs_buf_putc(out, '}');
}

static void free_buf(void *buf)
{
    rs_buf_fini(buf);
}

/* The tag's list with one model more. */
static enum rs_code append(struct rs_cx *cx, struct rs_str history,
                           const struct rs_str found[N_PARTS], struct rs_str *out)
{
    struct rs_buf *buf = RS_NEW(cx->arena, struct rs_buf);

    buf->max = SIZE_MAX;
    rs_arena_defer(cx->arena, free_buf, buf);
    if (history.n == 0) {
        history = RS_STR("[]");
    }
    if (history.p[0] != '[' || history.p[history.n - 1] != ']') {
        return rs_fail(cx, RS_INVALID, "the tag 'mlflow.log-model.history' holds no JSON list");
    }
    history.n--;
    rs_buf_str(buf, history);
    if (history.n > 1) {
        RS_BUF_LIT(buf, ", ");
    }
    put_model(buf, found);
    rs_buf_putc(buf, ']');
    *out = rs_buf_view(buf);
    return RS_OK;
}

enum rs_code rs_ml_log_model(struct rs_call *c, const struct rs_ml_log_model *q,
                             struct rs_ml_empty *out)
{
    const struct rs_str model = rs_str_trim(q->model_json);
    struct rs_str found[N_PARTS] = {{0}};
    struct rs_tag tag = {HISTORY_TAG, {0}};
    struct rs_str history;

    (void)out;
    RS_TRY(check_json(c->cx, model));
    find_parts(model, found);
    RS_TRY(check_parts(c->cx, found));
    RS_TRY(rs_run_find_tag(c->cx, c->store, q->run_id, tag.key, &history));
    RS_TRY(append(c->cx, history, found, &tag.value));
    return rs_run_log(c->cx, c->store, q->run_id, &(struct rs_run_data){.tags = RS_LIST(&tag, 1)});
}
