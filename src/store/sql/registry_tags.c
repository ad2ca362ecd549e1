/* SPDX-License-Identifier: Apache-2.0 */
/* Tags of the registry. */
#include "store/sql/registry_tags.h"

#include "model/prompt.h"
#include "store/sql/values.h"

static enum rs_code get(struct rs_cx *cx, struct rs_store *s, struct rs_tag_owner owner,
                        struct rs_str key, struct rs_str *value)
{
    RS_AUTO_ROWS *rows = NULL;
    bool has_row = false;

    RS_TRY(rs_db_query(cx, s->db, &owner.table->get,
                       RS_BIND(rs_i64(owner.id), rs_text_or_empty(key)), &rows));
    RS_TRY(rs_rows_next(cx, rows, &has_row));
    *value = has_row ? rs_row_str(cx, rows, 0) : (struct rs_str){0};
    return RS_OK;
}

int64_t rs_tag_pair(int64_t owner, struct rs_str key, struct rs_str value)
{
    const uint64_t head = rs_str_hash(rs_str_hash(RS_HASH_START, key), (struct rs_str){"", 1});

    return (int64_t)(rs_str_hash(head, value) >> 33 << 32) + owner;
}

enum rs_code rs_tag_table_put(struct rs_cx *cx, struct rs_store *s, struct rs_tag_owner owner,
                              const struct rs_tag *tag, struct rs_str *before)
{
    RS_TRY(get(cx, s, owner, tag->key, before));
    rs_changes_tag(s, rs_tag_pair(owner.id, tag->key, tag->value));
    RS_TRY(rs_db_run(cx, s->db, &owner.table->put,
                     RS_BIND(rs_i64(owner.id), rs_text_or_empty(tag->key),
                             rs_text_or_empty(tag->value),
                             rs_i64(rs_tag_pair(owner.id, tag->key, tag->value)))));
    if (!rs_str_eq(tag->key, RS_PROMPT_TAG)) {
        return RS_OK;
    }
    return rs_db_run(cx, s->db, &owner.table->kind,
                     RS_BIND(rs_i64(owner.id), rs_i64(rs_tag_makes_prompt(tag))));
}

enum rs_code rs_tag_table_delete(struct rs_cx *cx, struct rs_store *s, struct rs_tag_owner owner,
                                 struct rs_str key, struct rs_str *before)
{
    RS_TRY(get(cx, s, owner, key, before));
    if (before->p == NULL) {
        return RS_OK;
    }
    rs_changes_tag(s, rs_tag_pair(owner.id, key, *before));
    RS_TRY(rs_db_run(cx, s->db, &owner.table->remove,
                     RS_BIND(rs_i64(owner.id), rs_text_or_empty(key))));
    if (!rs_str_eq(key, RS_PROMPT_TAG)) {
        return RS_OK;
    }
    return rs_db_run(cx, s->db, &owner.table->kind, RS_BIND(rs_i64(owner.id), rs_i64(0)));
}
