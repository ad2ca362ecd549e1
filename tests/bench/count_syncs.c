/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counts what a server asks the kernel to put on the disk. Preloaded (LD_PRELOAD) into a server and
 * all of its children, it adds each sync to the number in the file that RS_BENCH_SYNCS names, eight
 * bytes, and then does it. A program that is linked statically is out of its reach.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static _Atomic uint64_t *n_syncs;

__attribute__((constructor)) static void open_counter(void)
{
    const char *path = getenv("RS_BENCH_SYNCS");
    const int fd = path == NULL ? -1 : open(path, O_RDWR | O_CLOEXEC);

    if (fd < 0)
        return;
    void *at = mmap(NULL, sizeof *n_syncs, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (at != MAP_FAILED)
        n_syncs = at;
    close(fd);
}

/* Counts, and puts the function that does the work into `real`, a pointer to a function (which ISO
 * C would not let a void pointer be cast to). */
static void count(const char *name, void *real)
{
    const void *found = dlsym(RTLD_NEXT, name);

    memcpy(real, &found, sizeof found);
    if (n_syncs != NULL)
        atomic_fetch_add(n_syncs, 1);
}

int fsync(int fd)
{
    int (*real)(int);

    count("fsync", &real);
    return real(fd);
}

int fdatasync(int fd)
{
    int (*real)(int);

    count("fdatasync", &real);
    return real(fd);
}

int syncfs(int fd)
{
    int (*real)(int);

    count("syncfs", &real);
    return real(fd);
}

int sync_file_range(int fd, off64_t offset, off64_t n, unsigned flags)
{
    int (*real)(int, off64_t, off64_t, unsigned);

    count("sync_file_range", &real);
    return real(fd, offset, n, flags);
}

int msync(void *at, size_t n, int flags)
{
    int (*real)(void *, size_t, int);

    count("msync", &real);
    return real(at, n, flags);
}
