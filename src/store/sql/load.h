/* SPDX-License-Identifier: Apache-2.0 */
/* Reading rows of many owners (runs, experiments, ...) by their ids: the chunks, and the way back
 * from a row to its place in the page. May be included by store/sql.
 *
 * A statement takes 64 ids: of 1,000 runs that is 16 round trips a table to a server, and in SQLite
 * it takes half the time of a statement a run. One id has a statement of its own, which spares
 * runs/get the list. */
#ifndef RS_STORE_SQL_LOAD_H
#define RS_STORE_SQL_LOAD_H

#include "model/field.h"
#include "store/sql/sql.h"

enum {
    RS_LOAD_CHUNK = 64,
    RS_LOAD_BYTES_MAX = 512 << 20, /* of a call's memory: 50,000 runs of 30 items take 400 MiB */
};

/* What stands in place of the ids in the text of `one` and of `many`. */
#define RS_LOAD_ONE " = $1"
#define RS_LOAD_MANY                                                                               \
    " IN ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19,"   \
    " $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34, $35, $36, $37,"   \
    " $38, $39, $40, $41, $42, $43, $44, $45, $46, $47, $48, $49, $50, $51, $52, $53, $54, $55,"   \
    " $56, $57, $58, $59, $60, $61, $62, $63, $64)"

/* One question in its two forms; the first column of a row is its owner's id, and rows come by it.
 */
struct rs_load {
    struct rs_sql one;
    struct rs_sql many;
};

#define RS_LOAD(name, select, order)                                                               \
    {                                                                                              \
        {name "_one", select RS_LOAD_ONE order, false},                                            \
        {                                                                                          \
            name "_many", select RS_LOAD_MANY order, false                                         \
        }                                                                                          \
    }

/* A page of ids, in ascending order, each with its place in the page. */
struct rs_places {
    struct rs_place {
        int64_t id;
        size_t at;
    } * p;
    size_t n;
};

/* Puts the ids in order; the arena's. */
struct rs_places rs_places_of(struct rs_arena *a, const int64_t *ids, size_t n);

/* Index in places->p of the first place of an id, or n. */
size_t rs_places_find(const struct rs_places *places, int64_t id);

/* The places from a chunk's first one on. */
static inline struct rs_places rs_places_from(const struct rs_places *places, size_t from)
{
    return (struct rs_places){places->p + from, places->n - from};
}

/* Starts the question for the first RS_LOAD_CHUNK of the places. */
enum rs_code rs_load_query(struct rs_cx *cx, struct rs_store *s, const struct rs_load *load,
                           struct rs_places places, struct rs_rows **rows);

/* Reads one item from the current row into *item, which is zeroed. */
typedef enum rs_code rs_load_item(struct rs_cx *cx, struct rs_rows *rows, void *user, void *item);

/* Reads a struct rs_tag whose key and value are columns 1 and 2. */
rs_load_item rs_load_tag;

/* All rows of a statement that was started, as a list of items, cx's. */
enum rs_code rs_load_list(struct rs_cx *cx, struct rs_rows *rows, rs_load_item *read,
                          size_t item_size, struct rs_list *out);

/* How the rows of one table become lists of items. */
struct rs_load_lists {
    const struct rs_load *load;
    rs_load_item *read;
    void *user;
    size_t item_size;
    struct rs_list **lists; /* by index in the page */
};

/* Fills the lists of all places. The items are cx's. RS_INVALID when they are more than a call may
 * hold in memory. */
enum rs_code rs_load_lists(struct rs_cx *cx, struct rs_store *s, const struct rs_places *places,
                           const struct rs_load_lists *what);

/* How the one row of each owner becomes an item of an array, in the order of the page. */
struct rs_load_rows {
    const struct rs_load *load;
    rs_load_item *read;
    size_t item_size;
    void *items; /* one for each place; those of owners that have no row stay as they are */
};

enum rs_code rs_load_rows(struct rs_cx *cx, struct rs_store *s, const struct rs_places *places,
                          const struct rs_load_rows *what);

#endif
