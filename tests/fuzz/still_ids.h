/* SPDX-License-Identifier: Apache-2.0 */
/* The ids that the fuzz programs' server makes. May be included by tests/fuzz. */
#ifndef RS_TESTS_FUZZ_STILL_IDS_H
#define RS_TESTS_FUZZ_STILL_IDS_H

/* The next id ends in this number, in hexadecimal, and the next ones follow. */
void still_ids_from(unsigned long long first);

#endif
