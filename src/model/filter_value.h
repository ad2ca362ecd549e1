/* SPDX-License-Identifier: Apache-2.0 */
/* The values of a filter's comparisons. May be included by model only. */
#ifndef RS_MODEL_FILTER_VALUE_H
#define RS_MODEL_FILTER_VALUE_H

#include "model/filter_lex.h"
#include "model/filter_term.h"

/* Reads the right side of a comparison into clause->value, or into clause->values when its cmp is
 * IN or NOT IN. RS_INVALID with MLflow's words on a value of the wrong kind. */
enum rs_code rs_filter_value(struct rs_cx *cx, enum rs_search search, const struct rs_term *term,
                             const struct rs_token *token, struct rs_clause *clause);

#endif
