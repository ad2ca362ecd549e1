/* SPDX-License-Identifier: Apache-2.0 */
/* Starting threads. May be included by every room but model. */
#ifndef RS_BASE_THREAD_H
#define RS_BASE_THREAD_H

#include <pthread.h>

/* pthread_create with all signals blocked in the new thread: they are the main thread's. 0, or an
 * error's number. */
int rs_thread_start(pthread_t *thread, void *(*run)(void *arg), void *arg);

#endif
