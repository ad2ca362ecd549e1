/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers by chance that are the same on each run: a test says what it began with, and fails again
 * likewise. */
#ifndef RS_TESTS_UNIT_SUPPORT_CHANCE_H
#define RS_TESTS_UNIT_SUPPORT_CHANCE_H

#include <stdint.h>

/* Of the test that runs: each has a process of its own. */
static uint64_t chance_state = 1;

static inline void chance_begin(uint64_t seed)
{
    chance_state = seed;
}

/* A number below n, by Knuth's MMIX. */
static inline unsigned chance(unsigned n)
{
    chance_state = chance_state * 6364136223846793005U + 1442695040888963407U;
    return (unsigned)(chance_state >> 33) % n;
}

#endif
