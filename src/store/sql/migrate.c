/* SPDX-License-Identifier: Apache-2.0 */
/* Bringing the schema up to date: each migration that the database has not seen, in order, a
 * transaction each, so that a crash leaves it before or after one, never between. */
#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "store/migrations.h"
#include "store/sql/sql.h"

enum { MIGRATION_TEXT_MAX = 1 << 20 };

static const char HISTORY[] = "CREATE TABLE IF NOT EXISTS migration ("
                              " name TEXT NOT NULL PRIMARY KEY,"
                              " applied_at BIGINT NOT NULL)";

static const struct rs_sql MIGRATION_NAMES = {"migration_names",
                                              "SELECT name FROM migration ORDER BY name", false};
static const struct rs_sql MIGRATION_PUT = {
    "migration_put", "INSERT INTO migration (name, applied_at) VALUES ($1, $2)", false};

/* Writes a migration's text with the engine's words in place of {{word}}. */
static enum rs_code spell(struct rs_cx *cx, const struct rs_db *db, const struct rs_migration *m,
                          struct rs_buf *out)
{
    struct rs_str rest = rs_str_of(m->sql);

    while (rest.n > 0) {
        const char *open = memmem(rest.p, rest.n, "{{", 2);
        const char *close = open ? strstr(open, "}}") : NULL;
        const struct rs_db_word *w = db->ops->words;

        if (close == NULL) {
            rs_buf_str(out, rest);
            break;
        }
        const struct rs_str word = {open + 2, (size_t)(close - open) - 2};
        while (w->word != NULL && !rs_str_is(word, w->word)) {
            w++;
        }
        if (w->word == NULL) {
            return rs_fail(cx, RS_INTERNAL,
                           "migration \"%s\" has a word that %s does not know: " RS_FMT, m->name,
                           db->ops->name, RS_ARG(word));
        }
        rs_buf_put(out, rest.p, (size_t)(open - rest.p));
        rs_buf_str(out, rs_str_of(w->text));
        rest = rs_str_from(rest, (size_t)(close + 2 - rest.p));
    }
    rs_buf_putc(out, '\0');
    return out->over ? rs_fail(cx, RS_INTERNAL, "migration \"%s\" is longer than %d bytes", m->name,
                               (int)MIGRATION_TEXT_MAX)
                     : RS_OK;
}

static enum rs_code apply(struct rs_cx *cx, struct rs_db *db, const struct rs_migration *m,
                          struct rs_buf *text)
{
    RS_TRY(spell(cx, db, m, text));
    RS_TRY(rs_db_verb(cx, db, RS_DB_BEGIN_WRITE));
    RS_TRY(db->ops->script(cx, db, text->p));
    RS_TRY(rs_db_run(cx, db, &MIGRATION_PUT,
                     RS_BIND(rs_text(rs_str_of(m->name)), rs_i64(rs_clock_wall_ms()))));
    return rs_db_verb(cx, db, RS_DB_COMMIT);
}

/* How many migrations the database has seen; they must be the first ones of ours. *latest is the
 * last of them, cx's. */
static enum rs_code count_applied(struct rs_cx *cx, struct rs_db *db, unsigned *n,
                                  struct rs_str *latest)
{
    RS_AUTO_ROWS *rows = NULL;
    bool has_row = false;

    RS_TRY(rs_db_query(cx, db, &MIGRATION_NAMES, RS_NO_ARGS, &rows));
    for (*n = 0;; (*n)++) {
        RS_TRY(rs_rows_next(cx, rows, &has_row));
        if (!has_row) {
            return RS_OK;
        }
        const struct rs_str name = rs_row_str(cx, rows, 0);
        if (*n >= rs_n_migrations || !rs_str_is(name, rs_migrations[*n].name)) {
            return rs_fail(cx, RS_INVALID,
                           "could not use the database: it has the migration \"" RS_FMT
                           "\", which this version of the program does not know; use a newer one",
                           RS_ARG(name));
        }
        *latest = name;
    }
}

enum rs_code rs_migrate(struct rs_cx *cx, struct rs_db *db)
{
    struct rs_str latest = {0};
    unsigned applied = 0;

    RS_TRY(db->ops->script(cx, db, HISTORY));
    RS_TRY(count_applied(cx, db, &applied, &latest));
    for (unsigned i = applied; i < rs_n_migrations; i++) {
        struct rs_buf text = {.max = MIGRATION_TEXT_MAX};
        const enum rs_code code = apply(cx, db, &rs_migrations[i], &text);

        rs_buf_fini(&text);
        RS_TRY(code);
        rs_log(RS_LOG_INFO, "migrated", RS_LOG_Z("name", rs_migrations[i].name));
    }
    return RS_OK;
}

enum rs_code rs_migrations_check(struct rs_cx *cx, struct rs_db *db, struct rs_str *name)
{
    unsigned applied = 0;

    *name = RS_STR("");
    RS_TRY(count_applied(cx, db, &applied, name));
    if (applied < rs_n_migrations) {
        return rs_fail(cx, RS_CONFLICT,
                       "the database's schema is older than this program (its latest migration is "
                       "\"" RS_FMT "\"); a start of the server brings it up to date",
                       RS_ARG(*name));
    }
    return RS_OK;
}
