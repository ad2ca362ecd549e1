/* SPDX-License-Identifier: Apache-2.0 */
/* Versions of registered models: changes. Reading them whole is in load_registry.c. */
#include "store/model_version.h"

#include "store/sql/registry_tags.h"
#include "store/sql/values.h"

static const struct rs_sql VERSION_FIND = {
    "model_version_find",
    "SELECT id, model, version, stage, is_prompt, description, source, storage_location, run_id,"
    " run_link, model_id, creation_time, last_update_time FROM model_version"
    " WHERE model = $1 AND version = $2",
    false};

static struct rs_model_version_row read_row(struct rs_cx *cx, struct rs_rows *rows)
{
    return (struct rs_model_version_row){.id = rs_row_i64(rows, 0),
                                         .model = rs_row_i64(rows, 1),
                                         .version = rs_row_i64(rows, 2),
                                         .stage = (enum rs_model_stage)rs_row_i64(rows, 3),
                                         .is_prompt = rs_row_i64(rows, 4) != 0,
                                         .description = rs_row_str(cx, rows, 5),
                                         .source = rs_row_str(cx, rows, 6),
                                         .storage_location = rs_row_str(cx, rows, 7),
                                         .run_id = rs_row_str(cx, rows, 8),
                                         .run_link = rs_row_str(cx, rows, 9),
                                         .model_id = rs_row_str(cx, rows, 10),
                                         .creation_time = rs_row_i64(rows, 11),
                                         .last_update_time = rs_row_i64(rows, 12)};
}

enum rs_code rs_store_model_version_find(struct rs_cx *cx, struct rs_store *s,
                                         const struct rs_registered_model_ref *model,
                                         int64_t version, struct rs_model_version_row *out)
{
    RS_AUTO_ROWS *rows = NULL;
    bool has_row = false;

    RS_TRY(
        rs_db_query(cx, s->db, &VERSION_FIND, RS_BIND(rs_i64(model->id), rs_i64(version)), &rows));
    RS_TRY(rs_rows_next(cx, rows, &has_row));
    if (!has_row) {
        return rs_fail(cx, RS_NOT_FOUND, "Model Version (name=" RS_FMT ", version=%lld) not found",
                       RS_ARG(model->name), (long long)version);
    }
    *out = read_row(cx, rows);
    return RS_OK;
}

static const struct rs_sql VERSION_NUMBER = {
    "model_version_number",
    "UPDATE registered_model SET last_version = last_version + 1, last_update_time = $2"
    " WHERE id = $1 RETURNING last_version",
    false};
static const struct rs_sql VERSION_PUT = {
    "model_version_put",
    "INSERT INTO model_version (model, version, stage, is_prompt, description, source,"
    " storage_location, run_id, run_link, model_id, creation_time, last_update_time)"
    " VALUES ($1, $2, $3, 0, $4, $5, $6, $7, $8, $9, $10, $10) RETURNING id",
    false};

enum rs_code rs_store_model_version_create(struct rs_cx *cx, struct rs_store *s,
                                           struct rs_model_version_row *v)
{
    RS_TRY(rs_db_first_i64(cx, s->db, &VERSION_NUMBER,
                           RS_BIND(rs_i64(v->model), rs_i64(v->creation_time)), &v->version));
    return rs_db_first_i64(cx, s->db, &VERSION_PUT,
                           RS_BIND(rs_i64(v->model), rs_i64(v->version), rs_i64(v->stage),
                                   rs_text_or_empty(v->description), rs_text_or_empty(v->source),
                                   rs_text_or_empty(v->storage_location),
                                   rs_text_or_empty(v->run_id), rs_text_or_empty(v->run_link),
                                   rs_text_or_empty(v->model_id), rs_i64(v->creation_time)),
                           &v->id);
}

static const struct rs_sql VERSION_DESCRIBE = {
    "model_version_describe",
    "UPDATE model_version SET description = $2, last_update_time = $3 WHERE id = $1", false};

enum rs_code rs_store_model_version_describe(struct rs_cx *cx, struct rs_store *s, int64_t id,
                                             struct rs_str description, int64_t now)
{
    return rs_db_run(cx, s->db, &VERSION_DESCRIBE,
                     RS_BIND(rs_i64(id), rs_text_or_empty(description), rs_i64(now)));
}

static const struct rs_sql VERSION_STAGE = {
    "model_version_stage",
    "UPDATE model_version SET stage = $2, last_update_time = $3 WHERE id = $1", false};

enum rs_code rs_store_model_version_set_stage(struct rs_cx *cx, struct rs_store *s, int64_t id,
                                              enum rs_model_stage stage, int64_t now)
{
    return rs_db_run(cx, s->db, &VERSION_STAGE, RS_BIND(rs_i64(id), rs_i64(stage), rs_i64(now)));
}

static const struct rs_sql VERSION_DELETE_TAGS = {
    "model_version_delete_tags", "DELETE FROM model_version_tag WHERE version = $1", false};
static const struct rs_sql VERSION_DELETE = {"model_version_delete",
                                             "DELETE FROM model_version WHERE id = $1", false};

enum rs_code rs_store_model_version_delete(struct rs_cx *cx, struct rs_store *s, int64_t id)
{
    RS_TRY(rs_db_run(cx, s->db, &VERSION_DELETE_TAGS, RS_BIND(rs_i64(id))));
    return rs_db_run(cx, s->db, &VERSION_DELETE, RS_BIND(rs_i64(id)));
}

static const struct rs_tag_table TAGS = {
    .get = {"model_version_tag_get",
            "SELECT value FROM model_version_tag WHERE version = $1 AND name = $2", false},
    .put = {"model_version_tag_put",
            "INSERT INTO model_version_tag (version, name, value, pair) VALUES ($1, $2, $3, $4)"
            " ON CONFLICT (version, name) DO UPDATE SET value = excluded.value,"
            " pair = excluded.pair",
            false},
    .remove = {"model_version_tag_delete",
               "DELETE FROM model_version_tag WHERE version = $1 AND name = $2", false},
    .kind = {"model_version_kind", "UPDATE model_version SET is_prompt = $2 WHERE id = $1", false},
};

enum rs_code rs_store_model_version_tag_put(struct rs_cx *cx, struct rs_store *s, int64_t id,
                                            const struct rs_tag *tag, struct rs_str *before)
{
    return rs_tag_table_put(cx, s, (struct rs_tag_owner){&TAGS, id}, tag, before);
}

enum rs_code rs_store_model_version_tag_delete(struct rs_cx *cx, struct rs_store *s, int64_t id,
                                               struct rs_str key, struct rs_str *before)
{
    return rs_tag_table_delete(cx, s, (struct rs_tag_owner){&TAGS, id}, key, before);
}

/* The numbers in the first column of a statement's rows. */
static enum rs_code read_numbers(struct rs_cx *cx, struct rs_store *s, const struct rs_sql *sql,
                                 struct rs_bind bind, struct rs_version_numbers *out)
{
    RS_AUTO_ROWS *rows = NULL;
    bool has_row = false;
    size_t cap = 0;

    *out = (struct rs_version_numbers){0};
    RS_TRY(rs_db_query(cx, s->db, sql, bind, &rows));
    RS_TRY(rs_rows_next(cx, rows, &has_row));
    while (has_row) {
        out->p = rs_arena_grow(cx->arena, out->p, out->n, &cap, sizeof *out->p);
        out->p[out->n++] = rs_row_i64(rows, 0);
        RS_TRY(rs_rows_next(cx, rows, &has_row));
    }
    return RS_OK;
}

static const struct rs_sql VERSIONS_IN_STAGE = {
    "model_versions_in_stage",
    "SELECT version FROM model_version WHERE model = $1 AND stage = $2 ORDER BY version", false};

enum rs_code rs_store_model_versions_in_stage(struct rs_cx *cx, struct rs_store *s, int64_t model,
                                              enum rs_model_stage stage,
                                              struct rs_version_numbers *out)
{
    return read_numbers(cx, s, &VERSIONS_IN_STAGE, RS_BIND(rs_i64(model), rs_i64(stage)), out);
}

static const struct rs_sql VERSIONS_OF = {
    "model_versions_of", "SELECT version FROM model_version WHERE model = $1 ORDER BY version",
    false};

enum rs_code rs_store_model_versions_of(struct rs_cx *cx, struct rs_store *s, int64_t model,
                                        struct rs_version_numbers *out)
{
    return read_numbers(cx, s, &VERSIONS_OF, RS_BIND(rs_i64(model)), out);
}

static const struct rs_sql VERSION_NEWEST = {
    "model_version_newest",
    "SELECT id FROM model_version WHERE model = $1 AND stage = $2 ORDER BY version DESC LIMIT 1",
    false};

enum rs_code rs_store_model_versions_newest(struct rs_cx *cx, struct rs_store *s, int64_t model,
                                            int64_t ids[RS_N_MODEL_STAGES])
{
    for (int stage = 0; stage < RS_N_MODEL_STAGES; stage++) {
        RS_TRY(rs_db_first_i64(cx, s->db, &VERSION_NEWEST, RS_BIND(rs_i64(model), rs_i64(stage)),
                               &ids[stage]));
    }
    return RS_OK;
}
