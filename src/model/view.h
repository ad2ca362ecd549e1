/* SPDX-License-Identifier: Apache-2.0 */
/* Which stages a search shows. May be included by model, store, service and api. */
#ifndef RS_MODEL_VIEW_H
#define RS_MODEL_VIEW_H

#include "model/field.h"

enum rs_view {
    RS_VIEW_ACTIVE_ONLY = 1,
    RS_VIEW_DELETED_ONLY = 2,
    RS_VIEW_ALL = 3,
};

extern const struct rs_enum_name rs_view_names[];

/* What a request asks for: active ones unless it says otherwise. */
static inline enum rs_view rs_view_of(struct rs_opt_enum view)
{
    return view.is_set ? (enum rs_view)view.v : RS_VIEW_ACTIVE_ONLY;
}

#endif
