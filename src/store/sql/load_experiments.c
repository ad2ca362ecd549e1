/* SPDX-License-Identifier: Apache-2.0 */
/* Experiments with their tags. */
#include "store/load.h"
#include "store/sql/load.h"

static const struct rs_load EXPERIMENT_INFO = RS_LOAD(
    "experiment_info",
    "SELECT id, name, artifact_location, stage, creation_time, last_update_time"
    " FROM experiment WHERE id",
    " ORDER BY id");
static const struct rs_load EXPERIMENT_TAGS = RS_LOAD(
    "experiment_tags", "SELECT experiment, name, value FROM experiment_tag WHERE experiment",
    " ORDER BY experiment, name");

static enum rs_code read_info(struct rs_cx *cx, struct rs_rows *rows, void *user, void *item)
{
    (void)user;
    *(struct rs_experiment *)item = (struct rs_experiment){
        .experiment_id = rs_arena_i64(cx->arena, rs_row_i64(rows, 0)),
        .name = rs_row_str(cx, rows, 1),
        .artifact_location = rs_row_str(cx, rows, 2),
        .lifecycle_stage = rs_stage_text((enum rs_stage)rs_row_i64(rows, 3)),
        .creation_time = rs_row_i64(rows, 4),
        .last_update_time = rs_row_i64(rows, 5),
        .workspace = RS_STR("default"),
    };
    return RS_OK;
}

enum rs_code rs_store_experiments_load(struct rs_cx *cx, struct rs_store *s, const int64_t *ids,
                                       size_t n, struct rs_experiment *out)
{
    const struct rs_places places = rs_places_of(cx->arena, ids, n);
    struct rs_list **lists = RS_NEW_N(cx->arena, struct rs_list *, n);

    for (size_t i = 0; i < n; i++) {
        out[i] = (struct rs_experiment){0};
    }
    RS_TRY(rs_load_rows(cx, s, &places,
                        &(struct rs_load_rows){&EXPERIMENT_INFO, read_info, sizeof *out, out}));
    for (size_t i = 0; i < n; i++) {
        if (out[i].experiment_id.p == NULL) {
            return rs_fail(cx, RS_NOT_FOUND, "experiment number %lld is not there",
                           (long long)ids[i]);
        }
        lists[i] = &out[i].tags;
    }
    return rs_load_lists(cx, s, &places,
                         &(struct rs_load_lists){.load = &EXPERIMENT_TAGS,
                                                 .read = rs_load_tag,
                                                 .item_size = sizeof(struct rs_tag),
                                                 .lists = lists});
}
