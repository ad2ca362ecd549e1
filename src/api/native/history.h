/* SPDX-License-Identifier: Apache-2.0 */
/* The registry's past: /api/runestone/v1/models/... May be included by api/native. */
#ifndef RS_API_NATIVE_HISTORY_H
#define RS_API_NATIVE_HISTORY_H

#include "api/call.h"

/* Requests: what the path and the query say. as_of is ms since the epoch or "seq:N". */
struct rs_model_then {
    struct rs_str name;
    struct rs_str as_of;
};
extern const struct rs_fields rs_model_then_fields;

struct rs_version_then {
    struct rs_str name;
    struct rs_str version;
    struct rs_str as_of;
};
extern const struct rs_fields rs_version_then_fields;

struct rs_alias_then {
    struct rs_str name;
    struct rs_str alias;
    struct rs_str as_of;
};
extern const struct rs_fields rs_alias_then_fields;

struct rs_stage_then {
    struct rs_str name;
    struct rs_str stage;
    struct rs_str as_of;
};
extern const struct rs_fields rs_stage_then_fields;

struct rs_history_asked {
    struct rs_str name;
    struct rs_str alias; /* of the path; absent: all of the model */
    struct rs_opt_i64 limit;
    struct rs_opt_i64 before;
    struct rs_opt_i64 after;
};
extern const struct rs_fields rs_history_asked_fields;

/* Replies. model: the name at that time; seq: the last event that counted; event: the one that made
 * it so. */
struct rs_model_was {
    struct rs_str model;
    int64_t seq;
    struct rs_str facts;
    struct rs_str event;
};
extern const struct rs_fields rs_model_was_fields;

struct rs_version_was {
    struct rs_str model;
    struct rs_str version;
    int64_t seq;
    struct rs_str facts;
    struct rs_strs aliases;
    struct rs_str event;
};
extern const struct rs_fields rs_version_was_fields;

struct rs_alias_was {
    struct rs_str model;
    struct rs_str alias;
    struct rs_str version;
    int64_t seq;
    struct rs_str event;
};
extern const struct rs_fields rs_alias_was_fields;

struct rs_staged_version {
    struct rs_str version;
    struct rs_str event;
};

struct rs_stage_was {
    struct rs_str model;
    struct rs_str stage;
    int64_t seq;
    struct rs_list versions; /* of struct rs_staged_version */
};
extern const struct rs_fields rs_stage_was_fields;

struct rs_history_told {
    struct rs_str events;          /* newest first */
    struct rs_opt_i64 next_before; /* absent: these were the last */
};
extern const struct rs_fields rs_history_told_fields;

rs_handler rs_get_model_then;
rs_handler rs_get_version_then;
rs_handler rs_get_alias_then;
rs_handler rs_get_stage_then;
rs_handler rs_get_history;

#endif
