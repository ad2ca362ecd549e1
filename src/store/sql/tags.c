/* SPDX-License-Identifier: Apache-2.0 */
/* Tags of runs: the last value counts. */
#include "store/run.h"
#include "store/sql/sql.h"
#include "store/sql/values.h"

/* A value that is there already is not written again (P9): the index by value stays as it is. */
static const struct rs_sql TAG_PUT = {
    "tag_put",
    "INSERT INTO tag AS t (run, item_key, experiment, value) VALUES ($1, $2, $3, $4)"
    " ON CONFLICT (run, item_key) DO UPDATE SET value = excluded.value"
    " WHERE t.value <> excluded.value",
    false};

enum rs_code rs_store_tags_put(struct rs_cx *cx, struct rs_store *s, const struct rs_run_ref *run,
                               const struct rs_tag *tags, size_t n)
{
    rs_changes_run(s, run->id);
    for (size_t i = 0; i < n; i++) {
        int64_t key = 0;

        RS_TRY(rs_key_make(cx, s, tags[i].key, &key));
        RS_TRY(rs_db_run(cx, s->db, &TAG_PUT,
                         RS_BIND(rs_i64(run->id), rs_i64(key), rs_i64(run->experiment),
                                 rs_text_or_empty(tags[i].value))));
    }
    return RS_OK;
}

static const struct rs_sql TAG_ADD = {
    "tag_add",
    "INSERT INTO tag (run, item_key, experiment, value) VALUES ($1, $2, $3, $4)"
    " ON CONFLICT DO NOTHING",
    false};

enum rs_code rs_store_tags_add(struct rs_cx *cx, struct rs_store *s, const struct rs_run_ref *run,
                               const struct rs_tag *tags, size_t n)
{
    rs_changes_run(s, run->id);
    for (size_t i = 0; i < n; i++) {
        int64_t key = 0;
        int64_t added = 0;

        RS_TRY(rs_key_make(cx, s, tags[i].key, &key));
        RS_TRY(rs_db_change(cx, s->db, &TAG_ADD,
                            RS_BIND(rs_i64(run->id), rs_i64(key), rs_i64(run->experiment),
                                    rs_text_or_empty(tags[i].value)),
                            &added));
        if (added == 0) {
            return rs_fail(cx, RS_INVALID, "the tag '" RS_FMT "' comes twice in one request",
                           RS_ARG(tags[i].key));
        }
    }
    return RS_OK;
}

static const struct rs_sql TAG_GET = {
    "tag_get", "SELECT value FROM tag WHERE run = $1 AND item_key = $2", false};

enum rs_code rs_store_tag_find(struct rs_cx *cx, struct rs_store *s, const struct rs_run_ref *run,
                               struct rs_str key, struct rs_str *value)
{
    RS_AUTO_ROWS *rows = NULL;
    bool has_row = false;
    int64_t number = 0;

    RS_TRY(rs_key_find(cx, s, key, &number));
    RS_TRY(rs_db_query(cx, s->db, &TAG_GET, RS_BIND(rs_i64(run->id), rs_i64(number)), &rows));
    RS_TRY(rs_rows_next(cx, rows, &has_row));
    *value = has_row ? rs_row_str(cx, rows, 0) : (struct rs_str){0};
    return RS_OK;
}

static const struct rs_sql TAG_DELETE = {"tag_delete",
                                         "DELETE FROM tag WHERE run = $1 AND item_key = $2", false};

enum rs_code rs_store_tag_delete(struct rs_cx *cx, struct rs_store *s, const struct rs_run_ref *run,
                                 struct rs_str key, bool *was_there)
{
    int64_t number = 0;
    int64_t deleted = 0;

    rs_changes_run(s, run->id);
    RS_TRY(rs_key_find(cx, s, key, &number));
    RS_TRY(
        rs_db_change(cx, s->db, &TAG_DELETE, RS_BIND(rs_i64(run->id), rs_i64(number)), &deleted));
    *was_there = deleted > 0;
    return RS_OK;
}
