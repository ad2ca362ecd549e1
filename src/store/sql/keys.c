/* SPDX-License-Identifier: Apache-2.0 */
/* The cache of names: a slot a hash, the newest wins. It holds only what the database has. */
#include "store/sql/keys.h"

#include "store/sql/sql.h"

static struct rs_key_slot *slot_of(struct rs_keys *k, struct rs_str name)
{
    const uint64_t h = rs_str_hash(RS_HASH_START, name);

    return &k->slot[(h ^ h >> 32) % RS_KEYS_SLOTS];
}

static void clear(struct rs_keys *k)
{
    memset(k->slot, 0, sizeof k->slot);
    memset(k->by_id, 0, sizeof k->by_id);
    rs_arena_reset(&k->names);
}

static void remember(struct rs_keys *k, struct rs_str name, int64_t id)
{
    if (k->names.used + name.n > RS_KEYS_BYTES) {
        clear(k);
    }
    const struct rs_key_slot slot = {.id = id, .name = rs_arena_str(&k->names, name)};
    *slot_of(k, name) = slot;
    k->by_id[(uint64_t)id % RS_KEYS_SLOTS] = slot;
}

static const struct rs_sql KEY_FIND = {"key_find", "SELECT id FROM item_key WHERE name = $1",
                                       false};

enum rs_code rs_key_find(struct rs_cx *cx, struct rs_store *s, struct rs_str name, int64_t *id)
{
    const struct rs_key_slot *slot = slot_of(&s->keys, name);
    RS_AUTO_ROWS *rows = NULL;
    bool has_row = false;

    if (slot->id != 0 && rs_str_eq(slot->name, name)) {
        *id = slot->id;
        return RS_OK;
    }
    RS_TRY(rs_db_query(cx, s->db, &KEY_FIND, RS_BIND(rs_text(name)), &rows));
    RS_TRY(rs_rows_next(cx, rows, &has_row));
    *id = has_row ? rs_row_i64(rows, 0) : 0;
    if (has_row) {
        remember(&s->keys, name, *id);
    }
    return RS_OK;
}

static const struct rs_sql KEY_PUT = {
    "key_put", "INSERT INTO item_key (name) VALUES ($1) ON CONFLICT DO NOTHING", false};

enum rs_code rs_key_make(struct rs_cx *cx, struct rs_store *s, struct rs_str name, int64_t *id)
{
    RS_TRY(rs_key_find(cx, s, name, id));
    if (*id != 0) {
        return RS_OK;
    }
    s->keys.made = true;
    RS_TRY(rs_db_run(cx, s->db, &KEY_PUT, RS_BIND(rs_text(name))));
    return rs_key_find(cx, s, name, id);
}

static const struct rs_sql KEY_NAME = {"key_name", "SELECT name FROM item_key WHERE id = $1",
                                       false};

enum rs_code rs_key_name(struct rs_cx *cx, struct rs_store *s, int64_t id, struct rs_str *name)
{
    const struct rs_key_slot *slot = &s->keys.by_id[(uint64_t)id % RS_KEYS_SLOTS];
    RS_AUTO_ROWS *rows = NULL;
    bool has_row = false;

    if (slot->id == id) {
        *name = rs_arena_str(cx->arena, slot->name);
        return RS_OK;
    }
    RS_TRY(rs_db_query(cx, s->db, &KEY_NAME, RS_BIND(rs_i64(id)), &rows));
    RS_TRY(rs_rows_next(cx, rows, &has_row));
    if (!has_row) {
        return rs_fail(cx, RS_CORRUPT, "key number %lld has no name", (long long)id);
    }
    *name = rs_row_str(cx, rows, 0);
    remember(&s->keys, *name, id);
    return RS_OK;
}

void rs_keys_undo(struct rs_keys *k)
{
    if (k->made) {
        clear(k);
    }
}

void rs_keys_fini(struct rs_keys *k)
{
    rs_arena_fini(&k->names);
}
