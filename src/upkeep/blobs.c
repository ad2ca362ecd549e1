/* SPDX-License-Identifier: Apache-2.0 */
/* A tour of the rows, page by page, with a context a blob: what one of them allocates and gets
 * wrong is not the next one's. */
#include "upkeep/blobs.h"

#include <unistd.h>

#include "artifact/reading.h"
#include "store/blob.h"

enum {
    PAGE = 256,         /* rows */
    PIECE = 256 * 1024, /* bytes that are copied at a time */
    PATHS_MOST = 3,     /* that a finding names */
};

typedef enum rs_code visit_fn(struct rs_cx *cx, struct rs_blob_tour *tour,
                              const struct rs_blob_row *blob);

/* "blob KEY (artifacts a, b, ...)", so that an operator knows what is lost. */
static struct rs_str describe(struct rs_cx *cx, struct rs_blob_tour *tour,
                              const struct rs_blob_row *blob)
{
    struct rs_strs paths = {0};
    struct rs_str text = rs_arena_fmt(cx->arena, "blob " RS_FMT, RS_ARG(blob->key));

    if (rs_store_blob_paths(cx, tour->rows, blob->id, PATHS_MOST + 1, &paths) != RS_OK) {
        return text;
    }
    for (size_t i = 0; i < paths.n && i < PATHS_MOST; i++) {
        text = rs_arena_fmt(cx->arena, RS_FMT "%s" RS_FMT, RS_ARG(text),
                            i == 0 ? " (artifact " : ", ", RS_ARG(paths.p[i]));
    }
    return rs_arena_fmt(cx->arena, RS_FMT "%s", RS_ARG(text),
                        paths.n == 0           ? " (no artifact names it any more)"
                        : paths.n > PATHS_MOST ? ", ...)"
                                               : ")");
}

/* Whether the row of a blob that is not there has gone as well. */
static bool was_collected(struct rs_cx *cx, struct rs_blob_tour *tour,
                          const struct rs_blob_row *blob)
{
    bool known = true;

    if (tour->newer == NULL) {
        return false;
    }
    return rs_store_blob_is_known(cx, tour->newer, blob->key, &known) == RS_OK && !known;
}

/* A blob that is missing or damaged is a finding, and anything else ends the tour. */
static enum rs_code judge(struct rs_cx *cx, struct rs_blob_tour *tour,
                          const struct rs_blob_row *blob, enum rs_code code)
{
    if (code != RS_NOT_FOUND && code != RS_CORRUPT) {
        return code;
    }
    const struct rs_str why = rs_arena_str(cx->arena, rs_str_of(cx->error.message));

    rs_cx_clear(cx);
    if (code == RS_NOT_FOUND && was_collected(cx, tour, blob)) {
        return RS_OK;
    }
    tour->lost++;
    const struct rs_str where = describe(cx, tour, blob);
    rs_cx_clear(cx);
    rs_report_finding(
        tour->report, code == RS_NOT_FOUND ? "bytes are missing" : "bytes are damaged",
        rs_arena_fmt(cx->arena, RS_FMT ": " RS_FMT, RS_ARG(where), RS_ARG(why)), tour->advice);
    return RS_OK;
}

static enum rs_code visit_page(struct rs_cx *cx, struct rs_blob_tour *tour, visit_fn *visit,
                               const struct rs_blob_rows *blobs)
{
    struct rs_arena arena = {0};
    enum rs_code code = RS_OK;

    for (size_t i = 0; i < blobs->n && code == RS_OK; i++) {
        struct rs_cx each = {.arena = &arena};

        code = judge(&each, tour, &blobs->p[i], visit(&each, tour, &blobs->p[i]));
        if (code != RS_OK) {
            rs_fail(cx, code, "%s", each.error.message);
        }
        tour->n++;
        tour->bytes += blobs->p[i].size;
        rs_arena_reset(&arena);
    }
    rs_arena_fini(&arena);
    return code;
}

static enum rs_code visit_all(struct rs_cx *cx, struct rs_blob_tour *tour, visit_fn *visit)
{
    struct rs_progress p = {.step = tour->step};
    struct rs_arena arena = {0};
    struct rs_cx page = {.arena = &arena};
    enum rs_code code = RS_OK;
    int64_t last = 0;
    struct rs_blob_rows blobs = {.n = PAGE};

    RS_TRY(rs_store_blobs_sum(cx, tour->rows, &p.all, &p.all_bytes));
    while (code == RS_OK && blobs.n == PAGE) {
        p.done = tour->n;
        p.bytes = tour->bytes;
        rs_report_progress(tour->report, &p);
        code = rs_store_blobs_list(&page, tour->rows, last, PAGE, &blobs);
        if (code == RS_OK && blobs.n > 0) {
            last = blobs.p[blobs.n - 1].id;
            code = visit_page(&page, tour, visit, &blobs);
        }
        if (code != RS_OK) {
            rs_fail(cx, code, "%s", page.error.message);
        }
        rs_arena_reset(&arena);
    }
    rs_arena_fini(&arena);
    rs_report_end(tour->report);
    return code;
}

static enum rs_code copy_pieces(struct rs_cx *cx, struct rs_blob_reading *r, struct rs_upload *up,
                                struct rs_str sha256)
{
    char *piece = rs_arena_alloc(cx->arena, 1, PIECE);
    size_t n = 0;

    for (;;) {
        RS_TRY(rs_blob_reading_next(cx, r, piece, PIECE, &n));
        if (n == 0) {
            return rs_blob_reading_check(cx, r, sha256);
        }
        RS_TRY(rs_upload_write(cx, up, piece, n));
    }
}

static enum rs_code copy_opened(struct rs_cx *cx, struct rs_blob_tour *tour,
                                const struct rs_blob_row *blob, struct rs_blob_reading *r)
{
    const struct rs_upload_options o = {
        .size_hint = blob->size, .key = blob->key, .sha256 = blob->sha256};
    struct rs_upload *up = NULL;
    struct rs_blob copy;

    RS_TRY(rs_upload_begin(cx, tour->to, &o, &up));
    const enum rs_code code = copy_pieces(cx, r, up, blob->sha256);
    if (code != RS_OK) {
        rs_upload_drop(up);
        return code;
    }
    tour->copied++;
    return rs_upload_end(cx, up, &copy);
}

/* Whether a file of the blob's name and size is there already. */
static bool is_there(struct rs_cx *cx, struct rs_blob_tour *tour, const struct rs_blob_row *blob)
{
    int64_t size = 0;
    int fd = -1;
    const enum rs_code code = rs_blob_open(cx, tour->to, blob->key, &fd, &size);

    rs_cx_clear(cx);
    if (code == RS_OK) {
        close(fd);
    }
    return code == RS_OK && size == blob->size;
}

static enum rs_code copy_blob(struct rs_cx *cx, struct rs_blob_tour *tour,
                              const struct rs_blob_row *blob)
{
    struct rs_blob_reading r = {.is_polite = true};

    if (tour->trusts_size && is_there(cx, tour, blob)) {
        return RS_OK;
    }
    enum rs_code code = rs_blob_reading_begin(cx, tour->from, blob->key, blob->size, &r);
    if (code == RS_OK) {
        code = copy_opened(cx, tour, blob, &r);
    }
    rs_blob_reading_end(&r);
    return code;
}

enum rs_code rs_blobs_copy(struct rs_cx *cx, struct rs_blob_tour *tour)
{
    return visit_all(cx, tour, copy_blob);
}

static enum rs_code verify_blob(struct rs_cx *cx, struct rs_blob_tour *tour,
                                const struct rs_blob_row *blob)
{
    return rs_blob_verify(cx, tour->from, blob->key, blob->size, blob->sha256);
}

enum rs_code rs_blobs_verify(struct rs_cx *cx, struct rs_blob_tour *tour)
{
    return visit_all(cx, tour, verify_blob);
}
