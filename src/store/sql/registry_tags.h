/* SPDX-License-Identifier: Apache-2.0 */
/* The tags of registered models and of their versions: two tables, one way. May be included by
 * store/sql. */
#ifndef RS_STORE_SQL_REGISTRY_TAGS_H
#define RS_STORE_SQL_REGISTRY_TAGS_H

#include "model/tag.h"
#include "store/sql/sql.h"

/* The statements of one table. `kind` says in its row what it is when a tag makes it a prompt. */
struct rs_tag_table {
    struct rs_sql get;
    struct rs_sql put;
    struct rs_sql remove;
    struct rs_sql kind;
};

/* Whose tags: a row of what the table belongs to. */
struct rs_tag_owner {
    const struct rs_tag_table *table;
    int64_t id;
};

#define RS_TAG_OWNER_MAX 0xFFFFFFFF /* greater ids would not be found by their tags */

/* What the column `pair` holds: above, a hash of the tag, which equal tags share, and others hardly
 * ever; below, the owner. So the owners of a tag are a range, in order, and whether one of them has
 * another tag is a single number to look for, which takes half as long as two. */
int64_t rs_tag_pair(int64_t owner, struct rs_str key, struct rs_str value);

/* *before: the value that the tag had, absent when it was not there; cx's. */
enum rs_code rs_tag_table_put(struct rs_cx *cx, struct rs_store *s, struct rs_tag_owner owner,
                              const struct rs_tag *tag, struct rs_str *before);
enum rs_code rs_tag_table_delete(struct rs_cx *cx, struct rs_store *s, struct rs_tag_owner owner,
                                 struct rs_str key, struct rs_str *before);

#endif
