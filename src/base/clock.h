/* SPDX-License-Identifier: Apache-2.0 */
/* The only clocks. Wall time is stored and shown; monotonic time measures and sets deadlines; the
 * processor's time of a thread tells work from waiting. May be included by every room but model,
 * which takes times as arguments. */
#ifndef RS_BASE_CLOCK_H
#define RS_BASE_CLOCK_H

#include <stdint.h>

/* Milliseconds since the epoch. */
int64_t rs_clock_wall_ms(void);

/* Nanoseconds since some fixed moment; never goes back. */
int64_t rs_clock_mono_ns(void);

/* Nanoseconds that this thread has run on a processor. */
int64_t rs_clock_thread_ns(void);

#define RS_MS_AS_NS(ms) (1000000 * (int64_t)(ms))
#define RS_S_AS_NS(s) (1000000000 * (int64_t)(s))

#endif
