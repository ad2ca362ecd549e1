/* SPDX-License-Identifier: Apache-2.0 */
/* Paths and blobs. A subtree is the folder itself and one range of folder names: below "a/b" lie
 * all names from "a/b/" up to "a/b0", '0' being the byte after '/'. */
#include "store/artifact.h"

#include "store/sql/sql.h"

/* Folders above the path, outermost first; rows that are there stay. */
static const struct rs_sql FOLDER_PUT = {
    "folder_put",
    "INSERT INTO artifact (folder, name, blob, last_update_time) VALUES ($1, $2, NULL, $3)"
    " ON CONFLICT (folder, name) DO NOTHING",
    false};

static const struct rs_sql ENTRY_FIND = {
    "artifact_find",
    "SELECT a.name, a.blob, a.last_update_time, b.blob_key, b.sha256, b.size, b.state"
    " FROM artifact a LEFT JOIN blob b ON b.id = a.blob WHERE a.folder = $1 AND a.name = $2",
    false};

static void read_entry(struct rs_cx *cx, struct rs_rows *rows, struct rs_artifact_entry *out)
{
    *out = (struct rs_artifact_entry){
        .name = rs_row_str(cx, rows, 0),
        .is_dir = rs_row_is_null(rows, 1),
        .last_update_time = rs_row_i64(rows, 2),
        .blob = {.id = rs_row_i64(rows, 1),
                 .key = rs_row_str(cx, rows, 3),
                 .sha256 = rs_row_str(cx, rows, 4),
                 .size = rs_row_i64(rows, 5),
                 .is_corrupt = rs_row_i64(rows, 6) != 0},
    };
}

/* By dir and base alone. */
static enum rs_code find_entry(struct rs_cx *cx, struct rs_store *s,
                               const struct rs_artifact_path *at, struct rs_artifact_entry *out,
                               bool *found)
{
    RS_AUTO_ROWS *rows = NULL;

    RS_TRY(
        rs_db_query(cx, s->db, &ENTRY_FIND, RS_BIND(rs_text(at->dir), rs_text(at->base)), &rows));
    RS_TRY(rs_rows_next(cx, rows, found));
    if (*found) {
        read_entry(cx, rows, out);
    }
    return RS_OK;
}

enum rs_code rs_store_artifact_find(struct rs_cx *cx, struct rs_store *s,
                                    const struct rs_artifact_path *path,
                                    struct rs_artifact_entry *out, bool *found)
{
    if (path->path.n == 0) {
        *out = (struct rs_artifact_entry){.name = RS_STR(""), .is_dir = true};
        *found = true;
        return RS_OK;
    }
    return find_entry(cx, s, path, out, found);
}

/* Makes one folder above a path, and refuses a file in its place. */
static enum rs_code put_folder(struct rs_cx *cx, struct rs_store *s,
                               const struct rs_artifact_path *at, int64_t now_ms)
{
    struct rs_artifact_entry entry;
    bool found = false;

    RS_TRY(find_entry(cx, s, at, &entry, &found));
    if (found && !entry.is_dir) {
        return rs_fail(cx, RS_INVALID,
                       "could not store the artifact: \"" RS_FMT
                       "\" above it is a file, not a folder",
                       RS_ARG(at->base));
    }
    if (found) {
        return RS_OK;
    }
    return rs_db_run(cx, s->db, &FOLDER_PUT,
                     RS_BIND(rs_text(at->dir), rs_text(at->base), rs_i64(now_ms)));
}

/* Makes the folders of "a/b/c": a, then a/b, then a/b/c. */
static enum rs_code put_folders(struct rs_cx *cx, struct rs_store *s, struct rs_str dir,
                                int64_t now_ms)
{
    size_t from = 0;

    while (from < dir.n) {
        const size_t to = rs_str_find(dir, '/', from);
        const struct rs_artifact_path at = {.dir = {dir.p, from > 0 ? from - 1 : 0},
                                            .base = {dir.p + from, to - from}};

        RS_TRY(put_folder(cx, s, &at, now_ms));
        from = to + 1;
    }
    return RS_OK;
}

/* The blob with these bytes, if there is one, is used again from here on. */
static const struct rs_sql BLOB_REUSE = {
    "blob_reuse", "UPDATE blob SET unused_since = NULL WHERE sha256 = $1 RETURNING id", false};
static const struct rs_sql BLOB_PUT = {
    "blob_put",
    "INSERT INTO blob (blob_key, sha256, size, creation_time, checked_at) VALUES ($1, $2, $3, $4, $4)"
    " RETURNING id",
    false};

static enum rs_code put_blob(struct rs_cx *cx, struct rs_store *s, const struct rs_blob_row *blob,
                             int64_t now_ms, int64_t *id)
{
    return rs_db_first_i64(
        cx, s->db, &BLOB_PUT,
        RS_BIND(rs_text(blob->key), rs_text(blob->sha256), rs_i64(blob->size), rs_i64(now_ms)), id);
}

static const struct rs_sql FILE_PUT = {
    "artifact_put",
    "INSERT INTO artifact (folder, name, blob, last_update_time) VALUES ($1, $2, $3, $4)"
    " ON CONFLICT (folder, name) DO UPDATE SET"
    " blob = excluded.blob, last_update_time = excluded.last_update_time",
    false};

static const struct rs_sql BLOB_RELEASE = {
    "blob_release",
    "UPDATE blob SET unused_since = $2 WHERE id = $1"
    " AND NOT EXISTS (SELECT 1 FROM artifact WHERE artifact.blob = $1)",
    false};

enum rs_code rs_store_artifact_put(struct rs_cx *cx, struct rs_store *s,
                                   const struct rs_artifact_path *path,
                                   const struct rs_artifact_entry *file, bool *is_new)
{
    const struct rs_blob_row *blob = &file->blob;
    const int64_t now_ms = file->last_update_time;
    struct rs_artifact_entry old;
    bool replaces = false;
    int64_t id = 0;

    RS_TRY(put_folders(cx, s, path->dir, now_ms));
    RS_TRY(find_entry(cx, s, path, &old, &replaces));
    if (replaces && old.is_dir) {
        return rs_fail(cx, RS_INVALID, "could not store the artifact: \"" RS_FMT "\" is a folder",
                       RS_ARG(path->path));
    }
    RS_TRY(rs_db_first_i64(cx, s->db, &BLOB_REUSE, RS_BIND(rs_text(blob->sha256)), &id));
    *is_new = id == 0;
    if (*is_new) {
        RS_TRY(put_blob(cx, s, blob, now_ms, &id));
    }
    RS_TRY(rs_db_run(cx, s->db, &FILE_PUT,
                     RS_BIND(rs_text(path->dir), rs_text(path->base), rs_i64(id), rs_i64(now_ms))));
    if (replaces && old.blob.id != id) {
        return rs_db_run(cx, s->db, &BLOB_RELEASE, RS_BIND(rs_i64(old.blob.id), rs_i64(now_ms)));
    }
    return RS_OK;
}

static const struct rs_sql FOLDER_LIST = {
    "artifact_list",
    "SELECT a.name, a.blob, a.last_update_time, b.blob_key, b.sha256, b.size, b.state"
    " FROM artifact a LEFT JOIN blob b ON b.id = a.blob WHERE a.folder = $1 ORDER BY a.name",
    false};

enum rs_code rs_store_artifact_list(struct rs_cx *cx, struct rs_store *s, struct rs_str folder,
                                    struct rs_artifact_entry **entries, size_t *n)
{
    RS_AUTO_ROWS *rows = NULL;
    size_t cap = 0;
    bool has_row = false;

    *entries = NULL;
    *n = 0;
    RS_TRY(rs_db_query(cx, s->db, &FOLDER_LIST, RS_BIND(rs_text(folder)), &rows));
    for (;;) {
        RS_TRY(rs_rows_next(cx, rows, &has_row));
        if (!has_row) {
            return RS_OK;
        }
        *entries = rs_arena_grow(cx->arena, *entries, *n, &cap, sizeof **entries);
        read_entry(cx, rows, &(*entries)[(*n)++]);
    }
}

#define RS_SUBTREE(t) "(" t "folder = $1 OR (" t "folder >= $2 AND " t "folder < $3))"

static const struct rs_sql SUBTREE_RELEASE = {
    "subtree_release",
    "UPDATE blob SET unused_since = $4"
    " WHERE id IN (SELECT a.blob FROM artifact a WHERE " RS_SUBTREE(
        "a.") ")"
              " AND NOT EXISTS (SELECT 1 FROM artifact k WHERE k.blob = blob.id AND NOT " RS_SUBTREE(
                  "k.") ")",
    false};
static const struct rs_sql SUBTREE_DELETE = {"subtree_delete",
                                             "DELETE FROM artifact WHERE " RS_SUBTREE(""), false};
static const struct rs_sql ENTRY_DELETE = {
    "artifact_delete", "DELETE FROM artifact WHERE folder = $1 AND name = $2", false};

static enum rs_code delete_subtree(struct rs_cx *cx, struct rs_store *s, struct rs_str folder,
                                   int64_t now_ms)
{
    const struct rs_val self = rs_text(folder);
    const struct rs_val from = rs_text(rs_arena_fmt(cx->arena, RS_FMT "/", RS_ARG(folder)));
    const struct rs_val to = rs_text(rs_arena_fmt(cx->arena, RS_FMT "0", RS_ARG(folder)));

    RS_TRY(rs_db_run(cx, s->db, &SUBTREE_RELEASE, RS_BIND(self, from, to, rs_i64(now_ms))));
    return rs_db_run(cx, s->db, &SUBTREE_DELETE, RS_BIND(self, from, to));
}

enum rs_code rs_store_artifact_delete(struct rs_cx *cx, struct rs_store *s,
                                      const struct rs_artifact_path *path, int64_t now_ms)
{
    struct rs_artifact_entry entry;
    bool found = false;

    RS_TRY(find_entry(cx, s, path, &entry, &found));
    if (!found) {
        return RS_OK;
    }
    if (entry.is_dir) {
        RS_TRY(delete_subtree(cx, s, path->path, now_ms));
    }
    RS_TRY(rs_db_run(cx, s->db, &ENTRY_DELETE, RS_BIND(rs_text(path->dir), rs_text(path->base))));
    if (entry.is_dir) {
        return RS_OK;
    }
    return rs_db_run(cx, s->db, &BLOB_RELEASE, RS_BIND(rs_i64(entry.blob.id), rs_i64(now_ms)));
}

static const struct rs_sql BLOB_KNOWN = {"blob_known", "SELECT id FROM blob WHERE blob_key = $1",
                                         false};

enum rs_code rs_store_blob_is_known(struct rs_cx *cx, struct rs_store *s, struct rs_str key,
                                    bool *known)
{
    int64_t id = 0;

    RS_TRY(rs_db_first_i64(cx, s->db, &BLOB_KNOWN, RS_BIND(rs_text(key)), &id));
    *known = id != 0;
    return RS_OK;
}

static const struct rs_sql BLOBS_COLLECT = {
    "blobs_collect",
    "DELETE FROM blob WHERE id IN (SELECT id FROM blob WHERE unused_since < $1"
    " ORDER BY unused_since LIMIT $2) RETURNING blob_key",
    false};

enum rs_code rs_store_blobs_collect(struct rs_cx *cx, struct rs_store *s, int64_t before_ms,
                                    size_t most, struct rs_strs *keys)
{
    RS_AUTO_ROWS *rows = NULL;
    bool has_row = false;

    *keys = (struct rs_strs){.p = RS_NEW_N(cx->arena, struct rs_str, most)};
    RS_TRY(rs_db_query(cx, s->db, &BLOBS_COLLECT, RS_BIND(rs_i64(before_ms), rs_i64((int64_t)most)),
                       &rows));
    for (;;) {
        RS_TRY(rs_rows_next(cx, rows, &has_row));
        if (!has_row) {
            return RS_OK;
        }
        keys->p[keys->n++] = rs_row_str(cx, rows, 0);
    }
}
