/* SPDX-License-Identifier: Apache-2.0 */
/* Media types of artifacts by their names. May be included by artifact, service and api. */
#ifndef RS_MODEL_MEDIA_TYPE_H
#define RS_MODEL_MEDIA_TYPE_H

#include "base/str.h"

/* text/plain for what MLflow shows as text ("log", "yaml", "MLmodel", ...; case matters), else what
 * Python's mimetypes says of the extension, where an ending such as ".gz" is looked through, else
 * application/octet-stream. `base` is a name without its folder. Static. */
const char *rs_media_type(struct rs_str base);

#endif
