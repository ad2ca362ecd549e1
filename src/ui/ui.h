/* SPDX-License-Identifier: Apache-2.0 */
/* What a browser is shown: MLflow's own pages out of the folder of an installed wheel, or, without
 * one, a page of ours that says what this server is. May be included by server. */
#ifndef RS_UI_UI_H
#define RS_UI_UI_H

#include "http/router.h"

struct rs_ui_options {
    const char *where;        /* the folder; "auto": that of the mlflow that Python has; "": none */
    const char *cache;        /* the folder of compressed files; made when it is missing */
    struct rs_str version;    /* of this server, as the page of ours says it */
    struct rs_str public_url; /* how clients reach it; empty: by the request's Host */
    void (*refuse)(struct rs_exchange *x); /* as that of struct rs_http_options */
};

struct rs_ui;

/* Finds the folder and reads its list of files: what comes later is not served. RS_INVALID with a
 * message for the operator. Yours: rs_ui_close. The options' texts are borrowed until then. */
enum rs_code rs_ui_open(struct rs_cx *cx, const struct rs_ui_options *o, struct rs_ui **out);

/* Opens the cache and starts the threads; nothing where there is no folder. A cache that cannot be
 * used is logged: nothing is compressed then. RS_UNAVAILABLE when the system gives no threads. */
enum rs_code rs_ui_start(struct rs_cx *cx, struct rs_ui *ui);

/* The routes, for the life of ui. */
struct rs_mount rs_ui_mount(const struct rs_ui *ui);

/* The same, for the documentation: they serve nothing. Static. */
const struct rs_route *rs_ui_routes(size_t *n);

/* Ends the threads when they have done what was asked of them. No exchange may come after this.
 * NULL is fine. */
void rs_ui_close(struct rs_ui *ui);

#endif
