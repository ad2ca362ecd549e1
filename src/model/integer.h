/* SPDX-License-Identifier: Apache-2.0 */
/* Integers in texts, as Python reads them: ids and version numbers come as strings, and MLflow
 * calls int() on them. Pure. May be included by model and service. */
#ifndef RS_MODEL_INTEGER_H
#define RS_MODEL_INTEGER_H

#include "base/str.h"

/* What int() makes of ASCII text: blanks around it, a sign, zeros in front and "_" between digits
 * are fine. False on anything else and on what does not fit 64 bits; *out is then untouched. */
bool rs_integer_parse(struct rs_str text, int64_t *out);

#endif
