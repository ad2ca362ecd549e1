/* SPDX-License-Identifier: Apache-2.0 */
/* One call of an API: an exchange whose request and reply are structs, run on a lane. May be
 * included by api and server. */
#ifndef RS_API_CALL_H
#define RS_API_CALL_H

#include <stdatomic.h>

#include "http/access_log.h"
#include "http/exchange.h"
#include "http/lane.h"
#include "model/field.h"
#include "service/transaction.h"

/* Where a call runs. Never on an I/O thread, unless it does no I/O at all. */
enum rs_lane_kind {
    RS_LANE_INLINE,
    RS_LANE_READ,     /* on a reader, in one snapshot */
    RS_LANE_WRITE,    /* on the committer, in one transaction with others */
    RS_LANE_OUTBOUND, /* on a thread that may wait for other hosts, with a reader of its own; then,
                         where the handler says so, on the committer */
    RS_N_LANES
};

/* What a caller must be allowed to do. Every route declares one; there is no default (P10). */
enum rs_permission {
    RS_PERM_PUBLIC = 1, /* health, version: nobody is asked */
    RS_PERM_EXPERIMENT_READ,
    RS_PERM_EXPERIMENT_WRITE,
    RS_PERM_RUN_READ,
    RS_PERM_RUN_WRITE,
    RS_PERM_MODEL_READ,
    RS_PERM_MODEL_WRITE,
    RS_PERM_ARTIFACT_READ,
    RS_PERM_ARTIFACT_WRITE,
    RS_PERM_ARTIFACT_DELETE,
    RS_PERM_EVENT_READ, /* the log of what has happened to all of these */
    RS_PERM_OPERATE,    /* metrics of the server itself */
};

struct rs_call;
typedef enum rs_code rs_handler(struct rs_call *c, const void *request, void *reply);

/* How a route's messages are read, run and written: a row of routes.def. */
struct rs_endpoint {
    enum rs_lane_kind lane;
    enum rs_permission permission;
    const struct rs_fields *request;
    const struct rs_fields *reply;
    rs_handler *handle;
    const char *rpc; /* the protobuf RPC that it serves */
};

struct rs_artifact_store;
struct rs_deliveries;
struct rs_feed;
struct rs_janitor;
struct rs_scrub;
struct rs_stats;
struct rs_store;
struct rs_workers;

/* What every route may need: the exchange's user. Made by server, constant while requests run. */
struct rs_api {
    struct rs_lane *lane[RS_N_LANES]; /* INLINE: NULL */
    const struct rs_store *writer;    /* the committer's; others ask rs_commit_check only */
    struct rs_artifact_store *artifacts;
    struct rs_workers *workers;
    const struct rs_janitor *janitor; /* for its figures */
    struct rs_scrub *scrub;           /* likewise */
    struct rs_deliveries *deliveries; /* of webhooks */
    struct rs_str artifact_root;      /* of new experiments: "mlflow-artifacts:" */
    struct rs_str public_url; /* how clients reach us, for signed URLs; empty: by the request's Host
                               */
    struct rs_str secret;     /* of signed URLs */
    struct rs_feed *feed;
    struct rs_stats *stats;
    struct rs_access_log log;
    atomic_bool draining; /* /readyz says no, so that no new work is sent here */
    int64_t start_ms;     /* wall time */
    int64_t read_ns;      /* that a READ call may last */
    int64_t stall_ns;     /* that the committer may be at one batch before /readyz says no */
};

struct rs_call {
    struct rs_commit_call commit; /* first: a WRITE batch is a list of these */
    struct rs_task task;          /* in the lane's queue */
    struct rs_exchange *x;
    struct rs_cx *cx;
    const struct rs_api *api;
    struct rs_store *store; /* the lane's, while the handler runs */
    const struct rs_endpoint *endpoint;
    const void *request;
    void *reply;
    unsigned status;  /* of the reply; 0: 200 */
    rs_handler *then; /* of an OUTBOUND call: what is left to do on the committer */
    void *found;      /* for it, by the first part */
    /* Writes the outcome into x's reply; NULL: the reply struct as JSON, or the error. */
    void (*finish)(struct rs_call *c, enum rs_code code);
};

/* serve() of every route whose row is a struct rs_endpoint: decodes, runs on the lane, encodes. */
void rs_call_serve(struct rs_exchange *x);

/* RS_INVALID unless a body that is posted or put says that it is JSON: no form of another site
 * does, and none may change things or ask for them. */
enum rs_code rs_call_check_type(struct rs_exchange *x);

/* What rs_call_serve does first: checks Content-Type and decodes the query or the body, then the
 * path parameters, into a zeroed struct of that table. */
enum rs_code rs_call_read(struct rs_exchange *x, const struct rs_fields *fields, void *request);

/* Runs a handler of one's own making on a lane and suspends the exchange; for routes that are not
 * messages. The call lives in the exchange's arena. */
void rs_call_start(struct rs_exchange *x, const struct rs_endpoint *endpoint, const void *request,
                   void (*finish)(struct rs_call *c, enum rs_code code));

/* Suspends the exchange of a call that its caller has filled in, and hands it to its lane: for
 * replies of several steps, each with a context of its own. When the lane is full, the call is
 * finished with RS_BUSY at once. I/O thread. */
void rs_call_submit(struct rs_call *c);

/* The run functions of the lanes; the tool is the thread's store. */
void rs_lane_run_reads(void *user, void *tool, struct rs_task *tasks, size_t n);
void rs_lane_run_outbound(void *user, void *tool, struct rs_task *tasks, size_t n);
void rs_lane_run_writes(void *user, void *tool, struct rs_task *tasks, size_t n);

/* Fills the reply from x->cx.error: status, error_code, message. A status that is there already
 * stays. */
void rs_reply_error(struct rs_exchange *x);

/* The HTTP status of a code. */
unsigned rs_code_status(enum rs_code code);

/* Whether what was written fits a reply; else takes it back and fails RS_INVALID. */
bool rs_reply_fits(struct rs_exchange *x);

/* Starts a JSON reply. */
void rs_reply_json(struct rs_exchange *x, unsigned status);

/* What the transport refuses, in JSON: 404 is ENDPOINT_NOT_FOUND, which MLflow's client
 * understands. */
void rs_reply_refused(struct rs_exchange *x);

#endif
