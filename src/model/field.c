/* SPDX-License-Identifier: Apache-2.0 */
/* Looking up the names of enums. */
#include "model/field.h"

const char *rs_enum_name(const struct rs_enum_name *names, int v)
{
    for (; names->name != NULL; names++) {
        if (names->v == v) {
            return names->name;
        }
    }
    return NULL;
}

bool rs_enum_value(const struct rs_enum_name *names, struct rs_str name, int *v)
{
    for (; names->name != NULL; names++) {
        if (rs_str_is(name, names->name)) {
            *v = names->v;
            return true;
        }
    }
    return false;
}
