/* SPDX-License-Identifier: Apache-2.0 */
/* Datasets and the edges from runs to what they read and made. */
#include "store/dataset.h"

#include "store/sql/sql.h"
#include "store/sql/values.h"

static const struct rs_sql DATASET_PUT = {
    "dataset_put",
    "INSERT INTO dataset (experiment, name, digest, source_type, source, schema_text, profile)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (experiment, name, digest) DO NOTHING",
    false};
static const struct rs_sql DATASET_FIND = {
    "dataset_find", "SELECT id FROM dataset WHERE experiment = $1 AND name = $2 AND digest = $3",
    false};
static const struct rs_sql INPUT_PUT = {"dataset_input_put",
                                        "INSERT INTO dataset_input (run, dataset) VALUES ($1, $2)"
                                        " ON CONFLICT (run, dataset) DO NOTHING RETURNING id",
                                        false};
static const struct rs_sql INPUT_TAG_PUT = {
    "dataset_input_tag_put",
    "INSERT INTO dataset_input_tag (input, name, value) VALUES ($1, $2, $3)"
    " ON CONFLICT (input, name) DO NOTHING",
    false};

static const struct rs_sql RUN_HAS_EDGES = {
    "run_has_edges", "UPDATE run SET has_edges = 1 WHERE id = $1 AND has_edges = 0", false};

/* Before the first edge of a run: whoever loads it looks for edges from then on. */
static enum rs_code note_edges(struct rs_cx *cx, struct rs_store *s, const struct rs_run_ref *run)
{
    rs_changes_run(s, run->id);
    return rs_db_run(cx, s->db, &RUN_HAS_EDGES, RS_BIND(rs_i64(run->id)));
}

/* Text of which nothing is the same as none. */
static struct rs_val or_null(struct rs_str s)
{
    return s.n > 0 ? rs_text(s) : rs_null();
}

static enum rs_code put_dataset(struct rs_cx *cx, struct rs_store *s, int64_t experiment,
                                const struct rs_dataset *d, int64_t *id)
{
    const struct rs_val name = rs_text_or_empty(d->name);
    const struct rs_val digest = rs_text_or_empty(d->digest);

    RS_TRY(
        rs_db_run(cx, s->db, &DATASET_PUT,
                  RS_BIND(rs_i64(experiment), name, digest, rs_text_or_empty(d->source_type),
                          rs_text_or_empty(d->source), or_null(d->schema), or_null(d->profile))));
    return rs_db_first_i64(cx, s->db, &DATASET_FIND, RS_BIND(rs_i64(experiment), name, digest), id);
}

enum rs_code rs_store_dataset_input_put(struct rs_cx *cx, struct rs_store *s,
                                        const struct rs_run_ref *run,
                                        const struct rs_dataset_input *input)
{
    const struct rs_dataset none = {0};
    const struct rs_dataset *dataset = input->dataset.p != NULL ? input->dataset.p : &none;
    const struct rs_tag *tags = input->tags.p;
    int64_t id = 0;
    int64_t edge = 0;

    RS_TRY(note_edges(cx, s, run));
    RS_TRY(put_dataset(cx, s, run->experiment, dataset, &id));
    RS_TRY(rs_db_first_i64(cx, s->db, &INPUT_PUT, RS_BIND(rs_i64(run->id), rs_i64(id)), &edge));
    for (size_t i = 0; edge != 0 && i < input->tags.n; i++) {
        int64_t added = 0;

        RS_TRY(rs_db_change(
            cx, s->db, &INPUT_TAG_PUT,
            RS_BIND(rs_i64(edge), rs_text_or_empty(tags[i].key), rs_text_or_empty(tags[i].value)),
            &added));
        if (added == 0) {
            return rs_fail(cx, RS_INVALID, "the tag '" RS_FMT "' comes twice for one dataset",
                           RS_ARG(tags[i].key));
        }
    }
    return RS_OK;
}

static const struct rs_sql MODEL_INPUT_PUT = {
    "model_input_put",
    "INSERT INTO model_input (run, model_id) VALUES ($1, $2) ON CONFLICT (run, model_id) DO NOTHING",
    false};

enum rs_code rs_store_model_input_put(struct rs_cx *cx, struct rs_store *s,
                                      const struct rs_run_ref *run, struct rs_str model_id)
{
    RS_TRY(note_edges(cx, s, run));
    return rs_db_run(cx, s->db, &MODEL_INPUT_PUT,
                     RS_BIND(rs_i64(run->id), rs_text_or_empty(model_id)));
}

static const struct rs_sql MODEL_OUTPUT_PUT = {
    "model_output_put",
    "INSERT INTO model_output (run, model_id, step) VALUES ($1, $2, $3)"
    " ON CONFLICT (run, model_id) DO NOTHING",
    false};

enum rs_code rs_store_model_output_put(struct rs_cx *cx, struct rs_store *s,
                                       const struct rs_run_ref *run,
                                       const struct rs_model_output *output)
{
    RS_TRY(note_edges(cx, s, run));
    return rs_db_run(
        cx, s->db, &MODEL_OUTPUT_PUT,
        RS_BIND(rs_i64(run->id), rs_text_or_empty(output->model_id), rs_i64(output->step)));
}

static const struct rs_sql SUMMARIES = {
    "dataset_summaries",
    "SELECT DISTINCT d.name, d.digest, NULLIF(t.value, '') FROM dataset d"
    " JOIN dataset_input i ON i.dataset = d.id"
    " LEFT JOIN dataset_input_tag t ON t.input = i.id AND t.name = 'mlflow.data.context'"
    " WHERE d.experiment = $1 ORDER BY 1, 2, 3 LIMIT $2",
    false};

enum rs_code rs_store_dataset_summaries(struct rs_cx *cx, struct rs_store *s, int64_t experiment,
                                        size_t most, struct rs_list *out)
{
    const struct rs_str id = rs_arena_i64(cx->arena, experiment);
    struct rs_dataset_summary *items = out->p;
    size_t cap = out->n; /* full: the next one moves the list */
    RS_AUTO_ROWS *rows = NULL;
    bool has_row = false;

    RS_TRY(rs_db_query(cx, s->db, &SUMMARIES, RS_BIND(rs_i64(experiment), rs_i64((int64_t)most)),
                       &rows));
    RS_TRY(rs_rows_next(cx, rows, &has_row));
    while (has_row) {
        items = rs_arena_grow(cx->arena, items, out->n, &cap, sizeof *items);
        items[out->n++] = (struct rs_dataset_summary){.experiment_id = id,
                                                      .name = rs_row_str(cx, rows, 0),
                                                      .digest = rs_row_str(cx, rows, 1),
                                                      .context = rs_row_str(cx, rows, 2)};
        RS_TRY(rs_rows_next(cx, rows, &has_row));
    }
    out->p = items;
    return RS_OK;
}
