/* SPDX-License-Identifier: Apache-2.0 */
/* Names of metrics, params and tags as numbers, remembered in memory. May be included by store/sql.
 */
#ifndef RS_STORE_SQL_KEYS_H
#define RS_STORE_SQL_KEYS_H

#include "base/cx.h"

struct rs_store;

enum {
    RS_KEYS_SLOTS = 4096,    /* direct-mapped: a few hundred names are in use at a time */
    RS_KEYS_BYTES = 1 << 20, /* of names; then the cache starts anew */
};

struct rs_key_slot {
    int64_t id; /* 0: empty */
    struct rs_str name;
};

struct rs_keys {
    struct rs_key_slot slot[RS_KEYS_SLOTS];  /* by the hash of the name */
    struct rs_key_slot by_id[RS_KEYS_SLOTS]; /* by the number; the same names */
    struct rs_arena names;
    bool made; /* a name was added since the last commit, and may yet be undone */
};

/* The number of a name, or 0 when nobody has used it. */
enum rs_code rs_key_find(struct rs_cx *cx, struct rs_store *s, struct rs_str name, int64_t *id);

/* The number of a name, which is new when it must be (a change). */
enum rs_code rs_key_make(struct rs_cx *cx, struct rs_store *s, struct rs_str name, int64_t *id);

/* The name of a number that a row holds; a copy that is cx's. RS_CORRUPT when there is none. */
enum rs_code rs_key_name(struct rs_cx *cx, struct rs_store *s, int64_t id, struct rs_str *name);

/* After a rollback: forgets what may never have been kept. */
void rs_keys_undo(struct rs_keys *k);

/* Forgets all and gives the memory back. */
void rs_keys_fini(struct rs_keys *k);

#endif
