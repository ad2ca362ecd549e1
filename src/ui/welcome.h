/* SPDX-License-Identifier: Apache-2.0 */
/* The page of ours that stands where no UI does. May be included by ui. */
#ifndef RS_UI_WELCOME_H
#define RS_UI_WELCOME_H

#include "base/buf.h"

/* Appends the page: HTML without a script. `url` is how clients reach this server, with the base
 * path; both texts are escaped. */
void rs_welcome_write(struct rs_buf *out, struct rs_str version, struct rs_str url);

#endif
