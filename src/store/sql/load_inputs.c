/* SPDX-License-Identifier: Apache-2.0 */
/* What runs read and made, for a page of runs. */
#include "store/sql/load_inputs.h"

#include "model/dataset.h"

static const struct rs_load RUN_INPUTS = RS_LOAD(
    "run_inputs",
    "SELECT i.run, i.id, d.name, d.digest, d.source_type, d.source, d.schema_text, d.profile"
    " FROM dataset_input i JOIN dataset d ON d.id = i.dataset WHERE i.run",
    " ORDER BY i.run, i.id");
static const struct rs_load INPUT_TAGS = RS_LOAD(
    "input_tags", "SELECT input, name, value FROM dataset_input_tag WHERE input",
    " ORDER BY input");
static const struct rs_load RUN_MODEL_INPUTS = RS_LOAD(
    "run_model_inputs", "SELECT run, model_id FROM model_input WHERE run", " ORDER BY run, id");
static const struct rs_load RUN_MODEL_OUTPUTS = RS_LOAD(
    "run_model_outputs", "SELECT run, model_id, step FROM model_output WHERE run",
    " ORDER BY run, id");

/* The inputs met on the way, in the order of the items: their tags come in a second step. */
struct inputs {
    int64_t *id;
    size_t n;
    size_t cap;
};

static enum rs_code read_input(struct rs_cx *cx, struct rs_rows *rows, void *user, void *item)
{
    struct inputs *met = user;
    struct rs_dataset_input *input = item;
    struct rs_dataset *d = RS_NEW(cx->arena, struct rs_dataset);

    *d = (struct rs_dataset){.name = rs_row_str(cx, rows, 2),
                             .digest = rs_row_str(cx, rows, 3),
                             .source_type = rs_row_str(cx, rows, 4),
                             .source = rs_row_str(cx, rows, 5),
                             .schema = rs_row_str(cx, rows, 6),
                             .profile = rs_row_str(cx, rows, 7)};
    input->dataset = RS_SUB(d);
    met->id = rs_arena_grow(cx->arena, met->id, met->n, &met->cap, sizeof *met->id);
    met->id[met->n++] = rs_row_i64(rows, 1);
    return RS_OK;
}

static enum rs_code read_model_input(struct rs_cx *cx, struct rs_rows *rows, void *user, void *item)
{
    (void)user;
    ((struct rs_model_input *)item)->model_id = rs_row_str(cx, rows, 1);
    return RS_OK;
}

static enum rs_code read_model_output(struct rs_cx *cx, struct rs_rows *rows, void *user,
                                      void *item)
{
    struct rs_model_output *o = item;

    (void)user;
    o->model_id = rs_row_str(cx, rows, 1);
    o->step = rs_row_i64(rows, 2);
    return RS_OK;
}

/* The tags of all inputs of datasets: their numbers rise with their place in the lists. */
static enum rs_code load_tags(struct rs_cx *cx, struct rs_store *s, const struct rs_places *runs,
                              const struct inputs *met, struct rs_run_edges *edges)
{
    const struct rs_places places = rs_places_of(cx->arena, met->id, met->n);
    struct rs_list **lists = RS_NEW_N(cx->arena, struct rs_list *, met->n);
    const struct rs_load_lists what = {.load = &INPUT_TAGS,
                                       .read = rs_load_tag,
                                       .item_size = sizeof(struct rs_tag),
                                       .lists = lists};
    size_t n = 0;

    for (size_t i = 0; i < runs->n; i++) {
        struct rs_list *list = &edges[runs->p[i].at].inputs.dataset_inputs;
        struct rs_dataset_input *items = list->p;
        /* Within a chunk; in the next one its inputs have been read again. */
        const bool again = i % RS_LOAD_CHUNK > 0 && runs->p[i].id == runs->p[i - 1].id;

        for (size_t k = 0; k < list->n && !again; k++) {
            lists[n++] = &items[k].tags;
        }
    }
    return rs_load_lists(cx, s, &places, &what);
}

static enum rs_code load_datasets(struct rs_cx *cx, struct rs_store *s,
                                  const struct rs_places *runs, struct rs_run_edges *edges,
                                  struct rs_list **lists)
{
    struct inputs met = {0};
    const struct rs_load_lists what = {.load = &RUN_INPUTS,
                                       .read = read_input,
                                       .user = &met,
                                       .item_size = sizeof(struct rs_dataset_input),
                                       .lists = lists};

    RS_TRY(rs_load_lists(cx, s, runs, &what));
    return met.n > 0 ? load_tags(cx, s, runs, &met, edges) : RS_OK;
}

enum rs_code rs_load_edges(struct rs_cx *cx, struct rs_store *s, const struct rs_places *runs,
                           struct rs_run_edges *edges, size_t n)
{
    struct rs_list **lists = RS_NEW_N(cx->arena, struct rs_list *, 3 * n);
    const struct rs_load_lists inputs = {.load = &RUN_MODEL_INPUTS,
                                         .read = read_model_input,
                                         .item_size = sizeof(struct rs_model_input),
                                         .lists = lists + n};
    const struct rs_load_lists outputs = {.load = &RUN_MODEL_OUTPUTS,
                                          .read = read_model_output,
                                          .item_size = sizeof(struct rs_model_output),
                                          .lists = lists + 2 * n};

    for (size_t i = 0; i < n; i++) {
        lists[i] = &edges[i].inputs.dataset_inputs;
        lists[n + i] = &edges[i].inputs.model_inputs;
        lists[2 * n + i] = &edges[i].outputs.model_outputs;
    }
    RS_TRY(load_datasets(cx, s, runs, edges, lists));
    RS_TRY(rs_load_lists(cx, s, runs, &inputs));
    return rs_load_lists(cx, s, runs, &outputs);
}
