/* SPDX-License-Identifier: Apache-2.0 */
/* One entry of a listing of artifacts. May be included by model, store, artifact, service and api.
 */
#ifndef RS_MODEL_FILE_INFO_H
#define RS_MODEL_FILE_INFO_H

#include "model/field.h"

struct rs_file_info {
    struct rs_str path; /* from the root that the listing names */
    bool is_dir;
    struct rs_opt_i64 file_size; /* bytes; absent for folders */
};

extern const struct rs_fields rs_file_info_fields;

#endif
