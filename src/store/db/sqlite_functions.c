/* SPDX-License-Identifier: Apache-2.0 */
/* What our SQL calls and SQLite does not have. */
#include <sqlite3.h>

#include "store/db/sqlite.h"

/* has_bit(bytes, n): 1 where bit n is set, counted from the least of the first byte on; else 0,
 * beyond the bytes too. */
static void has_bit(sqlite3_context *call, int n_args, sqlite3_value **arg)
{
    const unsigned char *bytes = sqlite3_value_blob(arg[0]);
    const int64_t n = sqlite3_value_int64(arg[1]);

    (void)n_args;
    sqlite3_result_int(call, n >= 0 && n / 8 < sqlite3_value_bytes(arg[0]) &&
                                 (bytes[n / 8] >> (n % 8) & 1) != 0);
}

enum rs_code rs_sqlite_functions(struct rs_cx *cx, struct rs_sqlite *s)
{
    const int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS;

    return sqlite3_create_function(s->handle, "has_bit", 2, flags, NULL, has_bit, NULL, NULL) ==
                   SQLITE_OK
               ? RS_OK
               : rs_sqlite_fail(cx, s, "the functions of a connection");
}
