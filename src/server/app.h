/* SPDX-License-Identifier: Apache-2.0 */
/* The running server: everything opened, wired and started, and stopped again in the opposite
 * order. May be included by server. */
#ifndef RS_SERVER_APP_H
#define RS_SERVER_APP_H

#include "server/config.h"

struct rs_app;

/* Opens the data folder, starts the lanes, and listens. RS_UNAVAILABLE, RS_INVALID with a message
 * for the operator. *out is yours: rs_app_stop. Texts of the config are borrowed for the app's
 * life. */
enum rs_code rs_app_start(struct rs_cx *cx, const struct rs_config *config, struct rs_app **out);

/* "http://127.0.0.1:5000/ml": what a client is told. Borrowed. */
const char *rs_app_url(const struct rs_app *app);

/* Ends all watches of events, and lets no later one wait: they are answered with what there is. */
void rs_app_end_watches(struct rs_app *app);

/* Ends watches, stops listening, lets running requests end (at most drain_timeout), and closes
 * everything (P8). True when every request had ended. NULL is fine. */
bool rs_app_stop(struct rs_app *app);

#endif
