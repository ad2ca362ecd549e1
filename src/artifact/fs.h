/* SPDX-License-Identifier: Apache-2.0 */
/* Blobs as files under one local folder. May be included by server (which picks the backend) and
 * this room. */
#ifndef RS_ARTIFACT_FS_H
#define RS_ARTIFACT_FS_H

#include "artifact/artifact.h"

/* The place is a folder of our own; its parent must exist. */
extern const struct rs_artifact_ops rs_artifact_fs;

#endif
