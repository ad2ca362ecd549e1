/* SPDX-License-Identifier: Apache-2.0 */
/* The store's life and its transactions. */
#include "store/store.h"

#include "base/clock.h"
#include "base/log.h"
#include "store/sql/sql.h"

enum rs_code rs_store_open(struct rs_cx *cx, const struct rs_store_options *o,
                           struct rs_store **out)
{
    const struct rs_db_options options = {
        .where = o->where, .read_only = o->read_only, .careful = o->careful, .alone = o->alone};
    struct rs_arena home = {0};
    struct rs_store *s = RS_NEW(&home, struct rs_store);

    s->home = home;
    s->own.arena = &s->arena;
    s->commits.scale = &rs_scale_time;
    s->changes = o->changes;
    if (o->read_only && o->changes != NULL) {
        s->memory = RS_NEW(&s->home, struct rs_memory);
        s->memory->changes = o->changes;
    }
    enum rs_code code = rs_db_sqlite.open(cx, &options, &s->db);
    if (code == RS_OK && !o->read_only) {
        code = rs_migrate(cx, s->db);
    }
    if (code != RS_OK) {
        rs_store_close(s);
        return code;
    }
    *out = s;
    return RS_OK;
}

void rs_store_close(struct rs_store *s)
{
    if (s == NULL) {
        return;
    }
    if (s->db != NULL) {
        s->db->ops->close(s->db);
    }
    rs_keys_fini(&s->keys);
    if (s->memory != NULL) {
        rs_memory_fini(s->memory);
    }
    rs_arena_fini(&s->arena);
    struct rs_arena home = s->home;
    rs_arena_fini(&home);
}

/* Undoes without a context: there is nobody to tell but the log. */
static void undo(struct rs_store *s)
{
    if (rs_db_verb(&s->own, s->db, RS_DB_ROLLBACK) != RS_OK) {
        rs_log(RS_LOG_ERROR, "rollback_failed", RS_LOG_Z("why", s->own.error.message));
        rs_cx_clear(&s->own);
    }
    rs_arena_reset(&s->arena);
}

enum rs_code rs_store_begin_read(struct rs_cx *cx, struct rs_store *s)
{
    if (s->memory == NULL) {
        return rs_db_verb(cx, s->db, RS_DB_BEGIN_READ);
    }
    const uint64_t done = atomic_load(&s->changes->done);
    rs_memory_begin(s->memory, done);
    if (s->lingers && s->as_of == done) {
        return RS_OK;
    }
    rs_store_rest(s);
    s->as_of = done;
    return rs_db_verb(cx, s->db, RS_DB_BEGIN_READ);
}

void rs_store_end_read(struct rs_store *s)
{
    s->lingers = s->memory != NULL;
    if (!s->lingers) {
        undo(s);
    }
}

void rs_store_rest(struct rs_store *s)
{
    if (s->lingers) {
        s->lingers = false;
        undo(s);
    }
}

enum rs_code rs_store_begin_write(struct rs_cx *cx, struct rs_store *s)
{
    return rs_db_verb(cx, s->db, RS_DB_BEGIN_WRITE);
}

enum rs_code rs_store_commit(struct rs_cx *cx, struct rs_store *s)
{
    const int64_t start_ns = rs_clock_mono_ns();

    RS_TRY(rs_db_verb(cx, s->db, RS_DB_COMMIT));
    rs_changes_committed(s);
    rs_histogram_add(&s->commits, rs_clock_mono_ns() - start_ns);
    s->keys.made = false;
    return RS_OK;
}

/* What is remembered of this transaction may be undone with it. */
static void forget(struct rs_store *s)
{
    rs_keys_undo(&s->keys);
    s->events.is_known = false;
}

void rs_store_rollback(struct rs_store *s)
{
    forget(s);
    undo(s);
}

enum rs_code rs_store_call_begin(struct rs_cx *cx, struct rs_store *s)
{
    return rs_db_verb(cx, s->db, RS_DB_SAVEPOINT);
}

enum rs_code rs_store_call_accept(struct rs_cx *cx, struct rs_store *s)
{
    return rs_db_verb(cx, s->db, RS_DB_RELEASE);
}

enum rs_code rs_store_call_reject(struct rs_cx *cx, struct rs_store *s)
{
    forget(s);
    return rs_db_verb(cx, s->db, RS_DB_ROLLBACK_TO);
}

int64_t rs_store_touched(struct rs_store *s)
{
    return s->db->ops->touched(s->db);
}

enum rs_code rs_store_maintain(struct rs_cx *cx, struct rs_store *s, bool idle)
{
    return s->db->ops->maintain(cx, s->db, idle);
}

bool rs_store_in_doubt(const struct rs_store *s)
{
    return s->db->ops->in_doubt(s->db);
}

const char *rs_store_failure(const struct rs_store *s)
{
    return s->db->ops->failure(s->db);
}

struct rs_store_figures rs_store_figures(const struct rs_store *s)
{
    struct rs_db_figures f = {0};

    s->db->ops->figures(s->db, &f);
    return (struct rs_store_figures){.bytes = f.bytes,
                                     .log_bytes = f.log_bytes,
                                     .free_bytes = f.free_bytes,
                                     .commits = &s->commits,
                                     .checkpoints = f.checkpoints};
}

static const struct rs_sql CHECK = {"check", "SELECT count(*) FROM migration", false};

enum rs_code rs_store_check(struct rs_cx *cx, struct rs_store *s)
{
    return rs_db_run(cx, s->db, &CHECK, RS_NO_ARGS);
}

bool rs_store_is_alone(struct rs_store *s)
{
    return s->db->ops->is_alone(s->db);
}

/* The snapshot begins with the first read of its transaction. */
static enum rs_code copy_snapshot(struct rs_cx *cx, struct rs_store *s, const char *path)
{
    RS_TRY(rs_store_check(cx, s));
    return s->db->ops->copy(cx, s->db, path);
}

enum rs_code rs_store_copy(struct rs_cx *cx, struct rs_store *s, const char *path)
{
    RS_TRY(rs_store_begin_read(cx, s));
    const enum rs_code code = copy_snapshot(cx, s, path);
    rs_store_end_read(s);
    return code;
}

enum rs_code rs_store_schema_check(struct rs_cx *cx, struct rs_store *s, struct rs_str *name)
{
    return rs_migrations_check(cx, s->db, name);
}

static const struct rs_sql SETTING_PUT = {
    "setting_put", "INSERT INTO setting (name, value) VALUES ($1, $2) ON CONFLICT DO NOTHING",
    false};
static const struct rs_sql SETTING_GET = {"setting_get",
                                          "SELECT value FROM setting WHERE name = $1", false};

enum rs_code rs_store_setting(struct rs_cx *cx, struct rs_store *s, const char *name,
                              struct rs_str fresh, struct rs_str *value)
{
    const struct rs_val key = rs_text(rs_str_of(name));
    RS_AUTO_ROWS *rows = NULL;
    bool has_row = false;

    RS_TRY(rs_db_run(cx, s->db, &SETTING_PUT, RS_BIND(key, rs_text(fresh))));
    RS_TRY(rs_db_query(cx, s->db, &SETTING_GET, RS_BIND(key), &rows));
    RS_TRY(rs_rows_next(cx, rows, &has_row));
    *value = rs_row_str(cx, rows, 0);
    return RS_OK;
}
