/* SPDX-License-Identifier: Apache-2.0 */
/* Params of runs: written once. */
#include "store/run.h"
#include "store/sql/sql.h"
#include "store/sql/values.h"

static const struct rs_sql PARAM_PUT = {
    "param_put",
    "INSERT INTO param (run, item_key, experiment, value) VALUES ($1, $2, $3, $4)"
    " ON CONFLICT DO NOTHING",
    false};

static const struct rs_sql PARAM_GET = {
    "param_get", "SELECT value FROM param WHERE run = $1 AND item_key = $2", false};

/* Compares with what is there; *clash is left alone when it is the same. */
static enum rs_code compare(struct rs_cx *cx, struct rs_store *s, const struct rs_val key[2],
                            const struct rs_param *p, struct rs_param_clash *clash)
{
    RS_AUTO_ROWS *rows = NULL;
    bool has_row = false;

    RS_TRY(rs_db_query(cx, s->db, &PARAM_GET, (struct rs_bind){key, 2}, &rows));
    RS_TRY(rs_rows_next(cx, rows, &has_row));
    const struct rs_str old_value = rs_row_str(cx, rows, 0);

    if (!rs_str_eq(old_value, p->value)) {
        *clash = (struct rs_param_clash){p->key, old_value, p->value};
    }
    return RS_OK;
}

static enum rs_code put(struct rs_cx *cx, struct rs_store *s, const struct rs_run_ref *run,
                        const struct rs_param *p, struct rs_param_clash *clash)
{
    int64_t key = 0;
    int64_t added = 0;

    RS_TRY(rs_key_make(cx, s, p->key, &key));
    RS_TRY(rs_db_change(
        cx, s->db, &PARAM_PUT,
        RS_BIND(rs_i64(run->id), rs_i64(key), rs_i64(run->experiment), rs_text_or_empty(p->value)),
        &added));
    if (added > 0) {
        return RS_OK;
    }
    return compare(cx, s, (const struct rs_val[]){rs_i64(run->id), rs_i64(key)}, p, clash);
}

enum rs_code rs_store_params_put(struct rs_cx *cx, struct rs_store *s, const struct rs_run_ref *run,
                                 const struct rs_list *params, struct rs_list *clashes)
{
    const struct rs_param *p = params->p;
    struct rs_param_clash *found = RS_NEW_N(cx->arena, struct rs_param_clash, params->n);
    size_t n = 0;

    rs_changes_run(s, run->id);
    for (size_t i = 0; i < params->n; i++) {
        RS_TRY(put(cx, s, run, &p[i], &found[n]));
        n += found[n].key.p != NULL;
    }
    *clashes = RS_LIST(found, n);
    return RS_OK;
}
