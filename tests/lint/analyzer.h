/* SPDX-License-Identifier: Apache-2.0 */
/* Told to clang-tidy before every file but base/cx.c: its analyzer sees one file at a time, so it must be told
 * that rs_fail returns the code it is given, and that code is an error. */
#ifndef RS_LINT_ANALYZER_H
#define RS_LINT_ANALYZER_H

#include "base/cx.h"

#define rs_fail(cx, code, ...) (rs_fail((cx), (code), __VA_ARGS__), (code))

#endif
