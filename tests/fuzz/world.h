/* SPDX-License-Identifier: Apache-2.0 */
/* A whole server without sockets, on a folder in memory that is the same at every start: what the
 * requests of tests/fuzz/given.txt have made. May be included by tests/fuzz. */
#ifndef RS_TESTS_FUZZ_WORLD_H
#define RS_TESTS_FUZZ_WORLD_H

#include "base/arena.h"
#include "fake_http.h"

/* Makes the world; asked again it does nothing. It is removed when the program ends. */
void world_open(void);

/* Before each input: the ids that it will get are always the same. */
void world_begin(void);

/* Puts everything back as it was at first, after what was committed. */
void world_reset(void);

/* A number that changes with every commit that changes the database. */
int64_t world_version(void);

/* A hash of all that the database holds. */
uint64_t world_digest(void);

/* The path of the database. */
const char *world_database(void);

/* Asks what the text says, which is borrowed:
 *
 *     METHOD target [version]
 *     name: value             headers; Host and Content-Length are added where they are not named
 *                             (an empty value of theirs: not there at all)
 *
 *     body
 *
 * Without a header, the body is JSON. A Content-Length beyond the body is a client that leaves. The
 * body arrives in pieces whose size the body itself decides. */
struct fake_reply world_ask(struct rs_arena *a, struct rs_str text);

/* Takes the first request from a text of several, between which stand lines of "%%". */
struct rs_str world_next(struct rs_str *rest);

#endif
