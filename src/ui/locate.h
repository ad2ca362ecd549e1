/* SPDX-License-Identifier: Apache-2.0 */
/* Where Python has its mlflow. May be included by ui. */
#ifndef RS_UI_LOCATE_H
#define RS_UI_LOCATE_H

#include "base/cx.h"

/* Asks an interpreter (a path, or a name to look for in PATH) for the folder of the UI in the
 * package mlflow, which is not imported; waits at most wait_ms. The folder is cx's, and need not be
 * there. RS_INVALID with a message for the operator: there is no such interpreter, it has no
 * mlflow, it failed or did not answer. */
enum rs_code rs_ui_locate(struct rs_cx *cx, const char *python, int wait_ms, const char **folder);

#endif
