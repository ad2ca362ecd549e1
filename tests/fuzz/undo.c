/* SPDX-License-Identifier: Apache-2.0 */
/* The committer's thread runs the script, between two of its transactions; each reader forgets when
 * it begins the next snapshot. The linker (mk/fuzz.mk) sends the library's calls of two functions
 * here first. */
#include "undo.h"

#include <stdatomic.h>

#include "service/transaction.h"
#include "store/sql/sql.h"

void __real_rs_commit_batch(struct rs_store *store, struct rs_commit_call *calls);
void __wrap_rs_commit_batch(struct rs_store *store, struct rs_commit_call *calls);
enum rs_code __real_rs_store_begin_read(struct rs_cx *cx, struct rs_store *s);
enum rs_code __wrap_rs_store_begin_read(struct rs_cx *cx, struct rs_store *s);

static sqlite3 *undo_db;
static const char *undo_script;
static int undo_rc;
static atomic_bool is_wanted;        /* the three above are set */
static atomic_uint_least64_t undone; /* how often */

static void forget_names(struct rs_store *s)
{
    s->keys.made = true;
    rs_keys_undo(&s->keys);
    s->keys.made = false;
}

void __wrap_rs_commit_batch(struct rs_store *store, struct rs_commit_call *calls)
{
    if (atomic_load(&is_wanted)) {
        undo_rc = sqlite3_exec(undo_db, undo_script, NULL, NULL, NULL);
        forget_names(store);
        store->events.is_known = false;
        rs_changes_all_runs(store);
        rs_changes_committed(store);
        atomic_fetch_add(&undone, 1);
        atomic_store(&is_wanted, false);
    }
    __real_rs_commit_batch(store, calls);
}

/* A reader is one thread's. */
enum rs_code __wrap_rs_store_begin_read(struct rs_cx *cx, struct rs_store *s)
{
    static _Thread_local uint64_t known;
    const uint64_t now = atomic_load(&undone);

    if (known != now) {
        known = now;
        forget_names(s);
    }
    return __real_rs_store_begin_read(cx, s);
}

bool undo_run(sqlite3 *db, const char *script, void (*ask)(void))
{
    undo_db = db;
    undo_script = script;
    undo_rc = SQLITE_ERROR;
    atomic_store(&is_wanted, true);
    ask();
    return !atomic_exchange(&is_wanted, false) && undo_rc == SQLITE_OK;
}
