/* SPDX-License-Identifier: Apache-2.0 */
/* What an input has changed is undone in the running server: a start takes a hundred times as long
 * as the input. May be included by tests/fuzz. */
#ifndef RS_TESTS_FUZZ_UNDO_H
#define RS_TESTS_FUZZ_UNDO_H

#include <sqlite3.h>

#include "base/buf.h"

/* Has the script run through `db`, a connection to the server's database, while the server changes
 * nothing, and makes the server forget what it remembers of rows. `ask` sends it some change, which
 * may be refused. False when the script failed; its message is the connection's. */
bool undo_run(sqlite3 *db, const char *script, void (*ask)(void));

#endif
