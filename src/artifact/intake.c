/* SPDX-License-Identifier: Apache-2.0 */
/* A ring of buffers between one I/O thread and the workers. The I/O thread fills buffers, a worker
 * empties them; counts and flags are under the lock, the bytes of a buffer belong to one side at a
 * time. `busy` makes the intake a strand: it is in the queue or on a worker at most once. After a
 * drop, the last one who uses it frees it. */
#include "artifact/intake.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

enum { BUFFER_LEAST = 4096 };

struct rs_intake {
    struct rs_job job; /* first: a worker finds the intake by it */
    struct rs_workers *workers;
    struct rs_intake_options o;
    char part_of[RS_MULTIPART_ID_MAX];
    unsigned n_buffers;
    size_t capacity;             /* bytes of one buffer */
    size_t n[RS_INTAKE_BUFFERS]; /* bytes in each; of the side that has the buffer */

    /* The I/O thread's alone. */
    bool is_filling; /* it has a buffer, number `filled` */
    bool ended;

    /* The worker's alone while busy. */
    struct rs_upload *up;

    pthread_mutex_t lock; /* guards all below; wake is called under it */
    unsigned filled;      /* buffers handed to the workers so far; wraps */
    unsigned emptied;     /* of them, those that are done */
    bool busy;            /* in the queue or on a worker */
    bool complete;        /* no more buffers come */
    bool done;            /* the outcome is there */
    bool taken;           /* and the caller has it */
    bool dropped;
    bool wanted;           /* wake is to be called */
    struct rs_error error; /* set once */
    struct rs_blob blob;   /* when done without an error */

    char bytes[]; /* the buffers */
};

static char *buffer(struct rs_intake *in, unsigned number)
{
    return in->bytes + in->capacity * (number % in->n_buffers);
}

static size_t *buffer_n(struct rs_intake *in, unsigned number)
{
    return &in->n[number % in->n_buffers];
}

/* Gives back what the intake holds; nobody uses it any more. */
static void free_intake(struct rs_intake *in)
{
    struct rs_workers *workers = in->workers;

    pthread_mutex_destroy(&in->lock);
    free(in);
    rs_workers_seat_leave(workers);
}

/* ---- on a worker ---- */

/* Whether rs_intake_await has nothing to wait for. Lock held. */
static bool is_ready(const struct rs_intake *in)
{
    if (in->complete) {
        return in->done;
    }
    return in->error.code != RS_OK || in->filled - in->emptied < in->n_buffers;
}

static void wake_if_ready(struct rs_intake *in)
{
    if (in->wanted && is_ready(in)) {
        in->wanted = false;
        in->o.wake(in->o.arg);
    }
}

static enum rs_code write_buffer(struct rs_cx *cx, struct rs_intake *in, unsigned number)
{
    if (in->up == NULL) {
        RS_TRY(rs_upload_begin(cx, in->o.store, &in->o.upload, &in->up));
    }
    return rs_upload_write(cx, in->up, buffer(in, number), *buffer_n(in, number));
}

/* Empties the next buffer. An upload that failed is dropped at once, so that a full disk gets its
 * space back while the client is still sending. Lock held, but not while writing. */
static void step_write(struct rs_cx *cx, struct rs_intake *in)
{
    const unsigned number = in->emptied;

    pthread_mutex_unlock(&in->lock);
    const enum rs_code code = write_buffer(cx, in, number);
    if (code != RS_OK) {
        rs_upload_drop(in->up);
        in->up = NULL;
    }
    pthread_mutex_lock(&in->lock);
    in->emptied++;
    if (code != RS_OK) {
        in->error = cx->error;
    }
    wake_if_ready(in);
}

static enum rs_code end_upload(struct rs_cx *cx, struct rs_intake *in, struct rs_blob *blob)
{
    if (in->up == NULL) { /* an empty file: no buffer ever came */
        RS_TRY(rs_upload_begin(cx, in->o.store, &in->o.upload, &in->up));
    }
    struct rs_upload *up = in->up;
    in->up = NULL;
    return rs_upload_end(cx, up, blob);
}

/* Finds the outcome. Lock held, but not while syncing. */
static void step_end(struct rs_cx *cx, struct rs_intake *in)
{
    if (in->error.code == RS_OK) {
        pthread_mutex_unlock(&in->lock);
        const enum rs_code code = end_upload(cx, in, &in->blob);
        pthread_mutex_lock(&in->lock);
        if (code != RS_OK) {
            in->error = cx->error;
        }
    }
    in->done = true;
    wake_if_ready(in);
}

/* Whether there is a blob that nobody will name in a row. */
static bool has_orphan(const struct rs_intake *in)
{
    return in->done && in->error.code == RS_OK && !in->taken && in->blob.key[0] != '\0';
}

/* Removes what the client that went away has left. What cannot be removed now, a sweep removes
 * later. */
static void step_clean(struct rs_cx *cx, struct rs_intake *in)
{
    rs_upload_drop(in->up);
    if (has_orphan(in)) {
        (void)rs_blob_remove(cx, in->o.store, rs_str_of(in->blob.key));
    }
    free_intake(in);
}

enum step { STEP_REST, STEP_WRITE, STEP_END, STEP_CLEAN };

/* What is to be done next. Lock held. */
static enum step next_step(const struct rs_intake *in)
{
    if (in->dropped) {
        return STEP_CLEAN;
    }
    if (in->error.code == RS_OK && in->emptied != in->filled) {
        return STEP_WRITE;
    }
    return in->complete && !in->done ? STEP_END : STEP_REST;
}

/* Does one step; false when the worker has no more business with the intake. */
static bool step(struct rs_cx *cx, struct rs_intake *in)
{
    pthread_mutex_lock(&in->lock);
    const enum step what = next_step(in);
    if (what == STEP_WRITE) {
        step_write(cx, in);
    } else if (what == STEP_END) {
        step_end(cx, in);
    } else if (what == STEP_REST) {
        in->busy = false;
    }
    pthread_mutex_unlock(&in->lock);
    if (what == STEP_CLEAN) {
        step_clean(cx, in);
    }
    return what == STEP_WRITE || what == STEP_END;
}

/* Works while there is something to do, but lets others go first after each buffer. */
static void run(struct rs_cx *cx, struct rs_job *job)
{
    struct rs_intake *in = (struct rs_intake *)job;

    while (step(cx, in)) {
        if (rs_workers_depth(in->workers) > 0 && rs_workers_run_seated(in->workers, job)) {
            return;
        }
    }
}

/* ---- on the I/O thread ---- */

/* A small file gets one small buffer. */
static void size_buffers(struct rs_intake *in, int64_t size_hint)
{
    in->n_buffers = RS_INTAKE_BUFFERS;
    in->capacity = RS_INTAKE_BUFFER;
    if (size_hint > 0 && size_hint <= RS_INTAKE_BUFFER) {
        in->n_buffers = 1;
        in->capacity = size_hint < BUFFER_LEAST ? BUFFER_LEAST : (size_t)size_hint;
    }
}

enum rs_code rs_intake_open(struct rs_cx *cx, struct rs_workers *w,
                            const struct rs_intake_options *o, struct rs_intake **out)
{
    const struct rs_str part_of = o->upload.part_of;
    struct rs_intake head = {.job = {.run = run}, .workers = w, .o = *o};

    if (part_of.n > RS_MULTIPART_ID_MAX) {
        return rs_fail(cx, RS_INVALID, "this is not the id of a multipart upload");
    }
    size_buffers(&head, o->upload.size_hint);
    if (!rs_workers_seat_take(w)) {
        return rs_fail(cx, RS_BUSY, "too many uploads are running");
    }
    struct rs_intake *in = malloc(sizeof *in + head.n_buffers * head.capacity);
    if (in == NULL) {
        rs_workers_seat_leave(w);
        return rs_fail(cx, RS_BUSY, "could not begin an upload: out of memory");
    }
    *in = head;
    if (part_of.p != NULL) {
        memcpy(in->part_of, part_of.p, part_of.n);
        in->o.upload.part_of.p = in->part_of;
    }
    pthread_mutex_init(&in->lock, NULL);
    *out = in;
    return RS_OK;
}

/* Puts an intake that was made busy into the queue. The pool is closed only after all intakes were
 * dropped. */
static void queue(struct rs_intake *in)
{
    const bool queued = rs_workers_run_seated(in->workers, &in->job);

    assert(queued);
    (void)queued;
}

enum room { ROOM_NO, ROOM_YES, ROOM_FAILED };

/* Begins to fill the next buffer when one is free. */
static enum room take_buffer(struct rs_intake *in)
{
    enum room room = ROOM_YES;

    pthread_mutex_lock(&in->lock);
    if (in->error.code != RS_OK) {
        room = ROOM_FAILED;
    } else if (in->filled - in->emptied == in->n_buffers) {
        room = ROOM_NO;
    }
    pthread_mutex_unlock(&in->lock);
    if (room == ROOM_YES) {
        in->is_filling = true;
        *buffer_n(in, in->filled) = 0;
    }
    return room;
}

/* Gives the buffer being filled, if there is one, to the workers. */
static void hand_over(struct rs_intake *in)
{
    pthread_mutex_lock(&in->lock);
    in->filled += in->is_filling;
    in->is_filling = false;
    in->complete = in->ended;
    const bool idle = !in->busy;
    in->busy = true;
    pthread_mutex_unlock(&in->lock);
    if (idle) {
        queue(in);
    }
}

/* Copies into the buffer being filled what fits; 0: it is full. A full buffer is handed over when
 * more bytes or the end come, so that a small file is one job for the workers. `filled` changes on
 * this thread only. */
static size_t fill(struct rs_intake *in, const char *bytes, size_t n)
{
    size_t *have = buffer_n(in, in->filled);
    const size_t room = in->capacity - *have;
    const size_t piece = n < room ? n : room;

    memcpy(buffer(in, in->filled) + *have, bytes, piece);
    *have += piece;
    return piece;
}

size_t rs_intake_put(struct rs_intake *in, const void *bytes, size_t n)
{
    size_t taken = 0;

    assert(!in->ended);
    while (taken < n) {
        const enum room room = in->is_filling ? ROOM_YES : take_buffer(in);
        if (room != ROOM_YES) {
            return room == ROOM_FAILED ? n : taken;
        }
        const size_t piece = fill(in, (const char *)bytes + taken, n - taken);
        taken += piece;
        if (piece == 0) {
            hand_over(in);
        }
    }
    return taken;
}

void rs_intake_end(struct rs_intake *in)
{
    assert(!in->ended);
    in->ended = true;
    hand_over(in);
}

bool rs_intake_await(struct rs_intake *in)
{
    pthread_mutex_lock(&in->lock);
    const bool waits = !is_ready(in);
    in->wanted = waits;
    pthread_mutex_unlock(&in->lock);
    return waits;
}

enum rs_code rs_intake_check(struct rs_cx *cx, struct rs_intake *in)
{
    enum rs_code code = RS_OK;

    pthread_mutex_lock(&in->lock);
    if (in->error.code != RS_OK) {
        code = rs_fail(cx, in->error.code, "%s", in->error.message);
    }
    pthread_mutex_unlock(&in->lock);
    return code;
}

enum rs_code rs_intake_result(struct rs_cx *cx, struct rs_intake *in, struct rs_blob *out)
{
    RS_TRY(rs_intake_check(cx, in));
    pthread_mutex_lock(&in->lock);
    assert(in->done);
    in->taken = true;
    *out = in->blob;
    pthread_mutex_unlock(&in->lock);
    return RS_OK;
}

void rs_intake_give_back(struct rs_intake *in)
{
    pthread_mutex_lock(&in->lock);
    in->taken = false;
    pthread_mutex_unlock(&in->lock);
}

void rs_intake_drop(struct rs_intake *in)
{
    if (in == NULL) {
        return;
    }
    pthread_mutex_lock(&in->lock);
    in->dropped = true;
    in->wanted = false;
    const bool idle = !in->busy;
    const bool leaves = idle && (in->up != NULL || has_orphan(in));
    in->busy = in->busy || leaves;
    pthread_mutex_unlock(&in->lock);
    if (leaves) {
        queue(in);
    } else if (idle) {
        free_intake(in);
    }
}
