/* SPDX-License-Identifier: Apache-2.0 */
/* Preloaded into a server: its first $FAULT_THREADS threads are started, and none after them, as
 * where a limit of the system is reached. Such a limit itself does not bind root. */
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

static atomic_int wanted;

int pthread_create(pthread_t *restrict thread, const pthread_attr_t *restrict attributes,
                   void *(*run)(void *), void *restrict arg)
{
    int (*real)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *) = NULL;
    void *found = dlsym(RTLD_NEXT, "pthread_create");
    const char *most = getenv("FAULT_THREADS");
    char *end = NULL;

    memcpy(&real, &found, sizeof real);
    if (most != NULL && atomic_fetch_add(&wanted, 1) >= strtol(most, &end, 10)) {
        return EAGAIN;
    }
    return real(thread, attributes, run, arg);
}
