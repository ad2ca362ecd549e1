/* SPDX-License-Identifier: Apache-2.0 */
/* Structs into JSON, by their field tables, straight into the reply. May be included by api. */
#ifndef RS_API_JSON_OUT_H
#define RS_API_JSON_OUT_H

#include "base/buf.h"
#include "model/field.h"

/* Appends a struct as a JSON object. Absent strings and options, and empty lists, are left out; NaN
 * and the infinities become the strings that protobuf uses; where no flag of the field says
 * otherwise. */
void rs_json_encode(struct rs_buf *out, const struct rs_fields *fields, const void *in);

/* Appends a JSON string. Bytes that are not UTF-8 become U+FFFD. */
void rs_json_string(struct rs_buf *out, struct rs_str s);

/* Appends a double. */
void rs_json_f64(struct rs_buf *out, double v);

#endif
