/* SPDX-License-Identifier: Apache-2.0 */
/* Documentation made from the tables. May be included by server. */
#ifndef RS_SERVER_DOCS_H
#define RS_SERVER_DOCS_H

#include "base/buf.h"

/* Appends docs/api.md: every route with its lane, permission, body limit, request and reply. */
void rs_docs_api(struct rs_buf *out);

#endif
