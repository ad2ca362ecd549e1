/* SPDX-License-Identifier: Apache-2.0 */
/* The fields of an entry of a listing. */
#include "model/file_info.h"

const struct rs_fields rs_file_info_fields = RS_FIELDS(
    struct rs_file_info, RS_FIELD(struct rs_file_info, path, 0),
    RS_FIELD(struct rs_file_info, is_dir, 0), RS_FIELD(struct rs_file_info, file_size, 0));
