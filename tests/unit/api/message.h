/* SPDX-License-Identifier: Apache-2.0 */
/* A message with a field of every kind, for the tests of decoders and the encoder. */
#ifndef RS_TESTS_UNIT_API_MESSAGE_H
#define RS_TESTS_UNIT_API_MESSAGE_H

#include "model/field.h"

struct part {
    struct rs_str key;
    int64_t step;
};

struct message {
    struct rs_str run_name;
    int64_t big_number;
    double some_value;
    bool is_on;
    struct rs_opt_i64 max_results; /* RS_INT32 */
    struct rs_opt_i64 end_time;
    struct rs_opt_f64 opt_value;
    struct rs_opt_bool opt_on;
    struct rs_opt_enum status;
    struct rs_strs run_ids;
    struct rs_list parts; /* of struct part */
    struct rs_sub one_part;
};

static const struct rs_enum_name status_names[] = {{"RUNNING", 1}, {"DONE", 3}, {NULL, 0}};

static const struct rs_fields part_fields = RS_FIELDS(
    struct part, RS_FIELD(struct part, key, RS_REQUIRED), RS_FIELD(struct part, step, 0));

static const struct rs_fields message_fields = RS_FIELDS(
    struct message, RS_FIELD(struct message, run_name, 0), RS_FIELD(struct message, big_number, 0),
    RS_FIELD(struct message, some_value, 0), RS_FIELD(struct message, is_on, 0),
    RS_FIELD(struct message, max_results, RS_INT32), RS_FIELD(struct message, end_time, 0),
    RS_FIELD(struct message, opt_value, 0), RS_FIELD(struct message, opt_on, 0),
    RS_FIELD_ENUM(struct message, status, 0, status_names), RS_FIELD(struct message, run_ids, 0),
    RS_FIELD_OF(struct message, parts, 0, &part_fields),
    RS_FIELD_OF(struct message, one_part, 0, &part_fields));

/* A request that needs its id. */
struct needy {
    struct rs_str run_id;
    int64_t step;
};

static const struct rs_fields needy_fields = RS_FIELDS(
    struct needy, RS_FIELD(struct needy, run_id, RS_REQUIRED), RS_FIELD(struct needy, step, 0));

#endif
