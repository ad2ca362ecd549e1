/* SPDX-License-Identifier: Apache-2.0 */
/* Names for runs and logged models that came without one: "calm-otter-417". Pure. May be included
 * by service. */
#ifndef RS_MODEL_NAMES_H
#define RS_MODEL_NAMES_H

#include "base/arena.h"

/* adjective-noun-number out of 64 random bits; the same bits give the same name. The arena's. */
struct rs_str rs_random_name(struct rs_arena *a, uint64_t bits);

#endif
