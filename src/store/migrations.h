/* SPDX-License-Identifier: Apache-2.0 */
/* The migrations in schema/, embedded by the build in the order of their names. May be included by
 * store and tests. A database keeps their names, not their text: one that was released is never
 * edited again, the next one mends it. */
#ifndef RS_STORE_MIGRATIONS_H
#define RS_STORE_MIGRATIONS_H

struct rs_migration {
    const char *name; /* the file's, without .sql */
    const char *sql;
};

extern const struct rs_migration rs_migrations[];
extern const unsigned rs_n_migrations;

#endif
