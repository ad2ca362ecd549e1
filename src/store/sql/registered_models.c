/* SPDX-License-Identifier: Apache-2.0 */
/* Registered models: changes, tags and aliases. Reading them whole is in load_registry.c. */
#include "store/registered_model.h"

#include "store/sql/registry_tags.h"
#include "store/sql/values.h"

static const struct rs_sql MODEL_FIND = {
    "registered_model_find",
    "SELECT id, is_prompt, name, description, last_version, creation_time FROM registered_model"
    " WHERE name = $1",
    false};

enum rs_code rs_store_registered_model_look(struct rs_cx *cx, struct rs_store *s,
                                            struct rs_str name, struct rs_registered_model_ref *out)
{
    RS_AUTO_ROWS *rows = NULL;
    bool has_row = false;

    *out = (struct rs_registered_model_ref){0};
    RS_TRY(rs_db_query(cx, s->db, &MODEL_FIND, RS_BIND(rs_text_or_empty(name)), &rows));
    RS_TRY(rs_rows_next(cx, rows, &has_row));
    if (has_row) {
        *out = (struct rs_registered_model_ref){.id = rs_row_i64(rows, 0),
                                                .is_prompt = rs_row_i64(rows, 1) != 0,
                                                .name = rs_row_str(cx, rows, 2),
                                                .description = rs_row_str(cx, rows, 3),
                                                .last_version = rs_row_i64(rows, 4),
                                                .creation_time = rs_row_i64(rows, 5)};
    }
    return RS_OK;
}

enum rs_code rs_store_registered_model_find(struct rs_cx *cx, struct rs_store *s,
                                            struct rs_str name, struct rs_registered_model_ref *out)
{
    RS_TRY(rs_store_registered_model_look(cx, s, name, out));
    if (out->id == 0) {
        return rs_fail(cx, RS_NOT_FOUND, "Registered Model with name=" RS_FMT " not found",
                       RS_ARG(name));
    }
    return RS_OK;
}

static const struct rs_sql MODEL_PUT = {
    "registered_model_put",
    "INSERT INTO registered_model (name, description, is_prompt, last_version, creation_time,"
    " last_update_time) VALUES ($1, $2, 0, 0, $3, $3) RETURNING id",
    false};

enum rs_code rs_store_registered_model_create(struct rs_cx *cx, struct rs_store *s,
                                              struct rs_registered_model_ref *m)
{
    return rs_db_first_i64(
        cx, s->db, &MODEL_PUT,
        RS_BIND(rs_text(m->name), rs_text_or_empty(m->description), rs_i64(m->creation_time)),
        &m->id);
}

static const struct rs_sql MODEL_DESCRIBE = {
    "registered_model_describe",
    "UPDATE registered_model SET description = $2, last_update_time = $3 WHERE id = $1", false};

enum rs_code rs_store_registered_model_describe(struct rs_cx *cx, struct rs_store *s, int64_t id,
                                                struct rs_str description, int64_t now)
{
    return rs_db_run(cx, s->db, &MODEL_DESCRIBE,
                     RS_BIND(rs_i64(id), rs_text_or_empty(description), rs_i64(now)));
}

static const struct rs_sql MODEL_RENAME = {
    "registered_model_rename",
    "UPDATE registered_model SET name = $2, last_update_time = $3 WHERE id = $1", false};
static const struct rs_sql VERSIONS_TOUCH = {
    "model_versions_touch", "UPDATE model_version SET last_update_time = $2 WHERE model = $1",
    false};

enum rs_code rs_store_registered_model_rename(struct rs_cx *cx, struct rs_store *s, int64_t id,
                                              struct rs_str name, int64_t now)
{
    RS_TRY(rs_db_run(cx, s->db, &MODEL_RENAME, RS_BIND(rs_i64(id), rs_text(name), rs_i64(now))));
    return rs_db_run(cx, s->db, &VERSIONS_TOUCH, RS_BIND(rs_i64(id), rs_i64(now)));
}

static const struct rs_sql MODEL_TOUCH = {
    "registered_model_touch", "UPDATE registered_model SET last_update_time = $2 WHERE id = $1",
    false};

enum rs_code rs_store_registered_model_touch(struct rs_cx *cx, struct rs_store *s, int64_t id,
                                             int64_t now)
{
    return rs_db_run(cx, s->db, &MODEL_TOUCH, RS_BIND(rs_i64(id), rs_i64(now)));
}

/* What hangs on a model, before the model itself. */
static const struct rs_sql MODEL_DELETE[] = {
    {"registered_model_delete_version_tags",
     "DELETE FROM model_version_tag WHERE version IN (SELECT id FROM model_version WHERE model = $1)",
     false},
    {"registered_model_delete_versions", "DELETE FROM model_version WHERE model = $1", false},
    {"registered_model_delete_aliases", "DELETE FROM model_alias WHERE model = $1", false},
    {"registered_model_delete_tags", "DELETE FROM registered_model_tag WHERE model = $1", false},
    {"registered_model_delete", "DELETE FROM registered_model WHERE id = $1", false},
};

enum rs_code rs_store_registered_model_delete(struct rs_cx *cx, struct rs_store *s, int64_t id)
{
    for (size_t i = 0; i < sizeof MODEL_DELETE / sizeof MODEL_DELETE[0]; i++) {
        RS_TRY(rs_db_run(cx, s->db, &MODEL_DELETE[i], RS_BIND(rs_i64(id))));
    }
    return RS_OK;
}

static const struct rs_tag_table TAGS = {
    .get = {"registered_model_tag_get",
            "SELECT value FROM registered_model_tag WHERE model = $1 AND name = $2", false},
    .put = {"registered_model_tag_put",
            "INSERT INTO registered_model_tag (model, name, value, pair) VALUES ($1, $2, $3, $4)"
            " ON CONFLICT (model, name) DO UPDATE SET value = excluded.value, pair = excluded.pair",
            false},
    .remove = {"registered_model_tag_delete",
               "DELETE FROM registered_model_tag WHERE model = $1 AND name = $2", false},
    .kind = {"registered_model_kind", "UPDATE registered_model SET is_prompt = $2 WHERE id = $1",
             false},
};

enum rs_code rs_store_registered_model_tag_put(struct rs_cx *cx, struct rs_store *s, int64_t id,
                                               const struct rs_tag *tag, struct rs_str *before)
{
    return rs_tag_table_put(cx, s, (struct rs_tag_owner){&TAGS, id}, tag, before);
}

enum rs_code rs_store_registered_model_tag_delete(struct rs_cx *cx, struct rs_store *s, int64_t id,
                                                  struct rs_str key, struct rs_str *before)
{
    return rs_tag_table_delete(cx, s, (struct rs_tag_owner){&TAGS, id}, key, before);
}

static const struct rs_sql ALIAS_GET = {
    "model_alias_get", "SELECT version FROM model_alias WHERE model = $1 AND alias = $2", false};
static const struct rs_sql ALIAS_AIM = {
    "model_alias_aim",
    "SELECT m.id, a.version FROM registered_model m"
    " JOIN model_version v ON v.model = m.id AND v.version = $3"
    " LEFT JOIN model_alias a ON a.model = m.id AND a.alias = $2 WHERE m.name = $1",
    false};
static const struct rs_sql ALIAS_PUT = {
    "model_alias_put",
    "INSERT INTO model_alias (model, alias, version) VALUES ($1, $2, $3)"
    " ON CONFLICT (model, alias) DO UPDATE SET version = excluded.version",
    false};
static const struct rs_sql ALIAS_DELETE = {
    "model_alias_delete", "DELETE FROM model_alias WHERE model = $1 AND alias = $2", false};

enum rs_code rs_store_alias_get(struct rs_cx *cx, struct rs_store *s, int64_t model,
                                struct rs_str alias, int64_t *version)
{
    return rs_db_first_i64(cx, s->db, &ALIAS_GET, RS_BIND(rs_i64(model), rs_text_or_empty(alias)),
                           version);
}

enum rs_code rs_store_alias_aim(struct rs_cx *cx, struct rs_store *s,
                                const struct rs_alias_ref *alias, int64_t version,
                                struct rs_alias_aim *out)
{
    RS_AUTO_ROWS *rows = NULL;
    bool has_row = false;

    *out = (struct rs_alias_aim){0};
    RS_TRY(rs_db_query(
        cx, s->db, &ALIAS_AIM,
        RS_BIND(rs_text(alias->model), rs_text_or_empty(alias->alias), rs_i64(version)), &rows));
    RS_TRY(rs_rows_next(cx, rows, &has_row));
    if (has_row) {
        *out = (struct rs_alias_aim){.model = rs_row_i64(rows, 0), .from = rs_row_i64(rows, 1)};
    }
    return RS_OK;
}

enum rs_code rs_store_alias_put(struct rs_cx *cx, struct rs_store *s, int64_t model,
                                struct rs_str alias, int64_t version)
{
    return rs_db_run(cx, s->db, &ALIAS_PUT,
                     RS_BIND(rs_i64(model), rs_text(alias), rs_i64(version)));
}

enum rs_code rs_store_alias_delete(struct rs_cx *cx, struct rs_store *s, int64_t model,
                                   struct rs_str alias)
{
    return rs_db_run(cx, s->db, &ALIAS_DELETE, RS_BIND(rs_i64(model), rs_text_or_empty(alias)));
}
