/* SPDX-License-Identifier: Apache-2.0 */
/* The messages of all routes, by the names of their RPCs. May be included by tests/fuzz. */
#ifndef RS_TESTS_FUZZ_MESSAGES_H
#define RS_TESTS_FUZZ_MESSAGES_H

#include "http/router.h"
#include "model/field.h"

/* The request's table of the route of that name ("createRun"); of any other name, some route's,
 * always the same. */
const struct rs_fields *fuzz_request_named(struct rs_str name);

/* Calls put for the names of the routes that take a message, and of all fields and enum values of
 * their requests, each perhaps more than once. */
void fuzz_message_words(void (*put)(struct rs_str word));

/* Calls put for every path of a route, with its mount's prefix, and for every method. */
void fuzz_route_words(void (*put)(struct rs_str word));

#endif
