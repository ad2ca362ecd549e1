/* SPDX-License-Identifier: Apache-2.0 */
/* A thread has the signals of the one that makes it, so they are blocked there for that long. */
#include "base/thread.h"

#include <signal.h>

int rs_thread_start(pthread_t *thread, void *(*run)(void *arg), void *arg)
{
    sigset_t all;
    sigset_t before;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    const int rc = pthread_create(thread, NULL, run, arg);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return rc;
}
