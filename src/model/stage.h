/* SPDX-License-Identifier: Apache-2.0 */
/* The lifecycle stage of experiments, runs and logged models. May be included by model, store,
 * service and api. */
#ifndef RS_MODEL_STAGE_H
#define RS_MODEL_STAGE_H

#include "base/str.h"

enum rs_stage { RS_STAGE_ACTIVE = 0, RS_STAGE_DELETED = 1 };

/* "active" or "deleted", as the wire has it. Static. */
static inline struct rs_str rs_stage_text(enum rs_stage stage)
{
    return stage == RS_STAGE_ACTIVE ? RS_STR("active") : RS_STR("deleted");
}

#endif
