/* SPDX-License-Identifier: Apache-2.0 */
/* One upload on its way from an I/O thread to the file workers, with back-pressure. May be included
 * by service, api and this room.
 *
 * The I/O thread copies what arrived into a few buffers and never waits; workers hash and write
 * them in order, one worker at a time for one intake, many intakes side by side. When the buffers
 * are full the connection is suspended and woken when there is room:
 *
 *     taken = rs_intake_put(in, bytes, n);
 *     if (taken < n) {
 *         suspend(connection);
 *         if (!rs_intake_await(in)) {
 *             resume(connection);          // room came in the meantime
 *         }
 *     }
 *     ...                                  // later, woken: put the rest
 *     rs_intake_end(in);                   // no more bytes: suspend and await as above
 *     ...                                  // later, woken
 *     code = rs_intake_result(cx, in, &blob);
 *     rs_intake_drop(in);
 *
 * All functions are for one thread at a time (the connection's), none blocks on a file. */
#ifndef RS_ARTIFACT_INTAKE_H
#define RS_ARTIFACT_INTAKE_H

#include "artifact/artifact.h"
#include "artifact/workers.h"

enum {
    RS_INTAKE_BUFFERS = 3,
    RS_INTAKE_BUFFER = 256 * 1024, /* bytes; smaller when size_hint is */
    RS_INTAKE_BYTES = RS_INTAKE_BUFFERS * RS_INTAKE_BUFFER,
};

struct rs_intake;

/* Where bytes go, and who is called. */
struct rs_intake_options {
    struct rs_artifact_store *store; /* outlives the intake */
    struct rs_upload_options upload; /* part_of is copied */

    /* Called on a worker, once for each rs_intake_await that answered true, while the intake's lock
     * is held: it must only hand the news on (resume a connection, put a task into a queue), and
     * not call this intake. */
    void (*wake)(void *arg);
    void *arg;
};

/* Opens an intake; nothing is done to any file yet. *out is yours: rs_intake_drop. RS_BUSY when
 * uploads_max are open (503 and Retry-After). */
enum rs_code rs_intake_open(struct rs_cx *cx, struct rs_workers *w,
                            const struct rs_intake_options *o, struct rs_intake **out);

/* Copies as many of the n bytes as the buffers hold and returns their number; 0: full. After a
 * failure (see check) it takes everything and forgets it, so that a body can be read to its end.
 * Not after rs_intake_end. */
size_t rs_intake_put(struct rs_intake *in, const void *bytes, size_t n);

/* No more bytes: a worker makes the blob durable. */
void rs_intake_end(struct rs_intake *in);

/* Asks for one call of wake as soon as the intake has room or has failed; after rs_intake_end, as
 * soon as its result is there. False: that is so already, and wake will not be called. */
bool rs_intake_await(struct rs_intake *in);

/* RS_OK while all goes well; else the error of the worker, for who wants to stop early. */
enum rs_code rs_intake_check(struct rs_cx *cx, struct rs_intake *in);

/* The outcome, when rs_intake_end was called and await says that it is there. On RS_OK the blob is
 * the caller's concern from here on: name it in a row or remove it. Codes: those of
 * rs_upload_begin, _write and _end. */
enum rs_code rs_intake_result(struct rs_cx *cx, struct rs_intake *in, struct rs_blob *out);

/* After rs_intake_result: the caller does not want the blob (its bytes were stored already, or
 * naming it failed). rs_intake_drop will have it removed. Any thread, while no other uses the
 * intake. */
void rs_intake_give_back(struct rs_intake *in);

/* Takes the intake: at the end, or at any moment before (the client has gone). What was not handed
 * over by rs_intake_result is removed by a worker: the temporary, or the blob. wake is not running
 * when this returns and will not be called, so arg may be freed. NULL is fine. */
void rs_intake_drop(struct rs_intake *in);

#endif
