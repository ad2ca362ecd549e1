/* SPDX-License-Identifier: Apache-2.0 */
/* Seeds: inputs as text, all of a target in one file. May be included by tests/fuzz.
 *
 *     # a comment, before the first seed
 *     === what this input is
 *     its bytes, without the last newline; \xHH is a byte
 */
#ifndef RS_TESTS_FUZZ_SEEDS_H
#define RS_TESTS_FUZZ_SEEDS_H

#include "base/buf.h"

/* Calls see for every seed of tests/fuzz/seeds/NAME.txt. Ends the program when there is no such
 * file. */
void seeds_read(const char *name, void (*see)(void *arg, struct rs_str title, struct rs_str input),
                void *arg);

/* Appends an input as the text of a seed, for keeping what a fuzzer has found. */
void seeds_write(struct rs_buf *out, struct rs_str input);

#endif
