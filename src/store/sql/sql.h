/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of store/sql share. May be included by them only. */
#ifndef RS_STORE_SQL_H
#define RS_STORE_SQL_H

#include "store/db/db.h"
#include "store/changes.h"
#include "store/sql/keys.h"
#include "store/sql/memory.h"
#include "store/sql/tail.h"
#include "store/store.h"

struct rs_store {
    struct rs_arena home; /* holds this struct itself */
    struct rs_db *db;
    struct rs_keys keys;
    struct rs_changes *changes; /* NULL: nobody remembers runs */
    struct rs_memory *memory;   /* of a reader; NULL: none */
    uint64_t as_of;             /* the last commit before the reader's latest snapshot */
    bool lingers;               /* that snapshot is still there */
    struct rs_event_tail events;
    uint64_t n_appended; /* events, those that were undone too */
    struct rs_cx own; /* for what may fail on a way back that has no context, such as a rollback */
    struct rs_arena arena;
    struct rs_histogram commits; /* writer only */
};

/* Brings the schema up to date, a transaction a migration. RS_INVALID when the database knows
 * migrations that this program does not. */
enum rs_code rs_migrate(struct rs_cx *cx, struct rs_db *db);

/* As rs_store_schema_check. */
enum rs_code rs_migrations_check(struct rs_cx *cx, struct rs_db *db, struct rs_str *name);

#endif
