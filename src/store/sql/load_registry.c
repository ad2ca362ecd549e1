/* SPDX-License-Identifier: Apache-2.0 */
/* Registered models and versions as MLflow shows them. */
#include "store/model_version.h"
#include "store/sql/load.h"
#include "store/sql/values.h"

#define VERSION_COLUMNS                                                                            \
    "v.id, m.name, v.version, v.creation_time, v.last_update_time, v.stage, v.description,"        \
    " v.source, v.run_id, v.run_link"

static const struct rs_load VERSION_INFO = RS_LOAD(
    "model_version_info",
    "SELECT " VERSION_COLUMNS " FROM model_version v"
    " JOIN registered_model m ON m.id = v.model WHERE v.id",
    " ORDER BY v.id");
static const struct rs_sql VERSION_BY_ALIAS = {
    "model_version_by_alias",
    "SELECT " VERSION_COLUMNS " FROM registered_model m CROSS JOIN model_alias a"
    " CROSS JOIN model_version v WHERE m.name = $1 AND a.model = m.id AND a.alias = $2"
    " AND v.model = m.id AND v.version = a.version",
    false};
static const struct rs_load VERSION_TAGS = RS_LOAD(
    "model_version_tags", "SELECT version, name, value FROM model_version_tag WHERE version",
    " ORDER BY version, name");
static const struct rs_load VERSION_ALIASES = RS_LOAD(
    "model_version_aliases",
    "SELECT v.id, a.alias FROM model_version v"
    " JOIN model_alias a ON a.model = v.model AND a.version = v.version WHERE v.id",
    " ORDER BY v.id, a.alias");

static enum rs_code read_version(struct rs_cx *cx, struct rs_rows *rows, void *user, void *item)
{
    (void)user;
    *(struct rs_model_version *)item = (struct rs_model_version){
        .name = rs_row_str(cx, rows, 1),
        .version = rs_arena_i64(cx->arena, rs_row_i64(rows, 2)),
        .creation_timestamp = rs_row_i64(rows, 3),
        .last_updated_timestamp = rs_row_i64(rows, 4),
        .current_stage = rs_model_stage_text((enum rs_model_stage)rs_row_i64(rows, 5)),
        .description = rs_row_str(cx, rows, 6),
        .source = rs_row_str(cx, rows, 7),
        .run_id = rs_row_str(cx, rows, 8),
        .status = RS_SOME_ENUM(RS_MODEL_VERSION_READY),
        .run_link = rs_row_str(cx, rows, 9),
    };
    return RS_OK;
}

static enum rs_code read_alias_name(struct rs_cx *cx, struct rs_rows *rows, void *user, void *item)
{
    (void)user;
    *(struct rs_str *)item = rs_row_str(cx, rows, 1);
    return RS_OK;
}

/* The tags of one model or version. */
static enum rs_code load_tags_of(struct rs_cx *cx, struct rs_store *s, const struct rs_load *load,
                                 int64_t id, struct rs_list *tags)
{
    const struct rs_places places = rs_places_of(cx->arena, &id, 1);

    return rs_load_lists(
        cx, s, &places,
        &(struct rs_load_lists){load, rs_load_tag, NULL, sizeof(struct rs_tag), &tags});
}

static enum rs_code load_aliases(struct rs_cx *cx, struct rs_store *s,
                                 const struct rs_places *places, struct rs_model_version *out)
{
    struct rs_list *names = RS_NEW_N(cx->arena, struct rs_list, places->n);
    struct rs_list **lists = RS_NEW_N(cx->arena, struct rs_list *, places->n);
    const struct rs_load_lists what = {&VERSION_ALIASES, read_alias_name, NULL,
                                       sizeof(struct rs_str), lists};

    for (size_t i = 0; i < places->n; i++) {
        lists[i] = &names[i];
    }
    RS_TRY(rs_load_lists(cx, s, places, &what));
    for (size_t i = 0; i < places->n; i++) {
        out[i].aliases = (struct rs_strs){names[i].p, names[i].n};
    }
    return RS_OK;
}

static enum rs_code load_tags(struct rs_cx *cx, struct rs_store *s, const struct rs_places *places,
                              struct rs_model_version *out)
{
    struct rs_list **tags = RS_NEW_N(cx->arena, struct rs_list *, places->n);
    const struct rs_load_lists what = {&VERSION_TAGS, rs_load_tag, NULL, sizeof(struct rs_tag),
                                       tags};

    for (size_t i = 0; i < places->n; i++) {
        tags[i] = &out[i].tags;
    }
    return rs_load_lists(cx, s, places, &what);
}

enum rs_code rs_store_model_version_tags(struct rs_cx *cx, struct rs_store *s, int64_t id,
                                         struct rs_list *tags)
{
    return load_tags_of(cx, s, &VERSION_TAGS, id, tags);
}

enum rs_code rs_store_model_versions_load(struct rs_cx *cx, struct rs_store *s, const int64_t *ids,
                                          size_t n, struct rs_model_version *out)
{
    const struct rs_places places = rs_places_of(cx->arena, ids, n);

    RS_TRY(rs_load_rows(cx, s, &places,
                        &(struct rs_load_rows){&VERSION_INFO, read_version, sizeof *out, out}));
    return load_tags(cx, s, &places, out);
}

enum rs_code rs_store_model_versions_load_whole(struct rs_cx *cx, struct rs_store *s,
                                                const int64_t *ids, size_t n,
                                                struct rs_model_version *out)
{
    const struct rs_places places = rs_places_of(cx->arena, ids, n);

    RS_TRY(rs_store_model_versions_load(cx, s, ids, n, out));
    return load_aliases(cx, s, &places, out);
}

enum rs_code rs_store_model_version_by_alias(struct rs_cx *cx, struct rs_store *s,
                                             const struct rs_alias_ref *alias,
                                             struct rs_model_version *out)
{
    RS_AUTO_ROWS *rows = NULL;
    bool has_row = false;

    *out = (struct rs_model_version){0};
    RS_TRY(rs_db_query(cx, s->db, &VERSION_BY_ALIAS,
                       RS_BIND(rs_text_or_empty(alias->model), rs_text_or_empty(alias->alias)),
                       &rows));
    RS_TRY(rs_rows_next(cx, rows, &has_row));
    if (!has_row) {
        return RS_OK;
    }
    const int64_t id = rs_row_i64(rows, 0);
    const struct rs_places places = rs_places_of(cx->arena, &id, 1);
    RS_TRY(read_version(cx, rows, NULL, out));
    RS_TRY(load_tags(cx, s, &places, out));
    return load_aliases(cx, s, &places, out);
}

static const struct rs_load MODEL_INFO = RS_LOAD(
    "registered_model_info",
    "SELECT id, name, description, creation_time, last_update_time FROM registered_model WHERE id",
    " ORDER BY id");
static const struct rs_load MODEL_TAGS = RS_LOAD(
    "registered_model_tags", "SELECT model, name, value FROM registered_model_tag WHERE model",
    " ORDER BY model, name");
static const struct rs_load MODEL_ALIASES = RS_LOAD(
    "registered_model_aliases", "SELECT model, alias, version FROM model_alias WHERE model",
    " ORDER BY model, alias");

static enum rs_code read_alias(struct rs_cx *cx, struct rs_rows *rows, void *user, void *item)
{
    (void)user;
    *(struct rs_model_alias *)item = (struct rs_model_alias){
        rs_row_str(cx, rows, 1), rs_arena_i64(cx->arena, rs_row_i64(rows, 2))};
    return RS_OK;
}

static enum rs_code read_model(struct rs_cx *cx, struct rs_rows *rows, void *user, void *item)
{
    const struct rs_str description = rs_row_str(cx, rows, 2);

    (void)user;
    *(struct rs_registered_model *)item = (struct rs_registered_model){
        .name = rs_row_str(cx, rows, 1),
        .description = description.n > 0 ? description : (struct rs_str){0},
        .creation_timestamp = rs_row_i64(rows, 3),
        .last_updated_timestamp = rs_row_i64(rows, 4),
    };
    return RS_OK;
}

enum rs_code rs_store_registered_model_tags(struct rs_cx *cx, struct rs_store *s, int64_t id,
                                            struct rs_list *tags)
{
    return load_tags_of(cx, s, &MODEL_TAGS, id, tags);
}

#define NEWEST(stage)                                                                              \
    ", (SELECT v.id FROM model_version v WHERE v.model = m.id AND v.stage = " #stage               \
    " ORDER BY v.version DESC LIMIT 1)"

static const struct rs_load MODEL_NEWEST = RS_LOAD(
    "registered_model_newest",
    "SELECT m.id" NEWEST(0) NEWEST(1) NEWEST(2) NEWEST(3) " FROM registered_model m WHERE m.id",
    " ORDER BY m.id");

/* A row of MODEL_NEWEST, which comes once a model. */
static enum rs_code read_newest(struct rs_cx *cx, struct rs_rows *rows, void *user, void *item)
{
    (void)cx;
    (void)user;
    for (unsigned stage = 0; stage < RS_N_MODEL_STAGES; stage++) {
        ((int64_t *)item)[stage] = rs_row_i64(rows, stage + 1);
    }
    return RS_OK;
}

/* The newest version of each stage of each model: their rows first, then all of them in one go. */
static enum rs_code load_latest(struct rs_cx *cx, struct rs_store *s,
                                const struct rs_places *places, struct rs_registered_model *out)
{
    int64_t *ids = RS_NEW_N(cx->arena, int64_t, places->n * RS_N_MODEL_STAGES);
    struct rs_list *newest = RS_NEW_N(cx->arena, struct rs_list, places->n);
    struct rs_list **lists = RS_NEW_N(cx->arena, struct rs_list *, places->n);
    const struct rs_load_lists what = {&MODEL_NEWEST, read_newest, NULL,
                                       RS_N_MODEL_STAGES * sizeof(int64_t), lists};
    size_t n = 0;

    for (size_t i = 0; i < places->n; i++) {
        lists[i] = &newest[i];
    }
    RS_TRY(rs_load_lists(cx, s, places, &what));
    for (size_t i = 0; i < places->n; i++) {
        for (size_t stage = 0; stage < RS_N_MODEL_STAGES; stage++) {
            const int64_t id = ((const int64_t *)newest[i].p)[stage];

            if (id != 0) {
                ids[n++] = id;
                out[i].latest_versions.n++;
            }
        }
    }
    struct rs_model_version *versions = RS_NEW_N(cx->arena, struct rs_model_version, n);
    RS_TRY(rs_store_model_versions_load(cx, s, ids, n, versions));
    for (size_t i = 0; i < places->n; i++) {
        out[i].latest_versions.p = versions;
        versions += out[i].latest_versions.n;
    }
    return RS_OK;
}

enum rs_code rs_store_registered_models_load(struct rs_cx *cx, struct rs_store *s,
                                             const int64_t *ids, size_t n,
                                             struct rs_registered_model *out)
{
    const struct rs_places places = rs_places_of(cx->arena, ids, n);
    struct rs_list **tags = RS_NEW_N(cx->arena, struct rs_list *, n);
    struct rs_list **aliases = RS_NEW_N(cx->arena, struct rs_list *, n);
    const struct rs_load_lists lists[] = {
        {&MODEL_TAGS, rs_load_tag, NULL, sizeof(struct rs_tag), tags},
        {&MODEL_ALIASES, read_alias, NULL, sizeof(struct rs_model_alias), aliases},
    };

    RS_TRY(rs_load_rows(cx, s, &places,
                        &(struct rs_load_rows){&MODEL_INFO, read_model, sizeof *out, out}));
    for (size_t i = 0; i < n; i++) {
        tags[i] = &out[i].tags;
        aliases[i] = &out[i].aliases;
    }
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        RS_TRY(rs_load_lists(cx, s, &places, &lists[i]));
    }
    return load_latest(cx, s, &places, out);
}
