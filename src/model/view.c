/* SPDX-License-Identifier: Apache-2.0 */
/* The names of views on the wire. */
#include "model/view.h"

const struct rs_enum_name rs_view_names[] = {
    {"ACTIVE_ONLY", RS_VIEW_ACTIVE_ONLY},
    {"DELETED_ONLY", RS_VIEW_DELETED_ONLY},
    {"ALL", RS_VIEW_ALL},
    {NULL, 0},
};
