/* SPDX-License-Identifier: Apache-2.0 */
/* A disk that fails when it is told to, and tells what reached it: loaded into a server before all
 * other libraries (LD_PRELOAD), never linked into it. Only files below FAULT_DISK_FOLDER are looked
 * at, an absolute path without links.
 *
 * FAULT_DISK_CONTROL names a page (struct control; tests/fault/disk.py writes it) that says which
 * calls fail from now on, counts them, and can change while the server runs.
 * FAULT_DISK_RECORD names a file to which each change and each sync is appended (struct record)
 * when it has been done and before its caller knows: what a power cut leaves is made of it. Syncs
 * are not passed on: the disk that the tests look at is the record. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

/* What can fail; disk.py has the same list. */
enum call { OPEN, WRITE, SYNC, LINK, RENAME, TRUNCATE, MMAP, MKDIR, UNLINK, N_CALLS };

/* In place of an errno; disk.py has the same. */
enum {
    DIES = -1, /* the process is killed where the call would have failed */
    HANGS = -2 /* the call waits until nothing fails any more, and is made then */
};

struct control {
    atomic_uint armed;      /* 0: nothing fails, nothing is counted */
    uint32_t calls;         /* a bit for each enum call that is counted and fails */
    int64_t first;          /* the first of the counted calls that fails, from 1 */
    int64_t last;           /* and the last one */
    int32_t error[N_CALLS]; /* the errno of each; DIES, HANGS */
    char match[60];         /* counted are calls to paths that contain this; empty: all */
    atomic_llong seen;      /* calls counted */
    atomic_llong failed;    /* of them, those that failed */
    char what[256];         /* the first that failed: call, path */
};

/* What happened; disk.py has the same list. */
enum event { MADE, MADE_FOLDER, NAMED, RENAMED, REMOVED, WRITTEN, CUT, SYNCED, NOT_SYNCED };

/* Followed by the names, then the bytes. */
struct record {
    uint8_t event;
    uint8_t name_n;
    uint8_t to_name_n;
    uint8_t pad;
    uint32_t bytes_n;
    int64_t at_ns;   /* monotonic */
    uint64_t inode;  /* of the file */
    uint64_t folder; /* inode of the folder of `name`; 0 for a file without one */
    uint64_t to_folder;
    int64_t offset; /* or the size after a cut */
};

static const char *const call_names[N_CALLS] = {"open",     "write", "sync",  "link",  "rename",
                                                "truncate", "mmap",  "mkdir", "unlink"};
static const char *folder;
static size_t folder_n;
static struct control *control;
static int record_fd = -1;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* of the record, and of changes of names
                                                          */

static _Noreturn void fail(const char *what)
{
    fprintf(stderr, "disk.so: %s: %s\n", what, strerror(errno));
    abort();
}

static int open_setting(const char *name, int flags)
{
    const char *path = getenv(name);

    if (path == NULL) {
        return -1;
    }
    const int fd = (int)syscall(SYS_openat, AT_FDCWD, path, flags | O_CLOEXEC, 0600);
    if (fd < 0) {
        fail(path);
    }
    return fd;
}

__attribute__((constructor)) static void start(void)
{
    folder = getenv("FAULT_DISK_FOLDER");
    folder_n = folder != NULL ? strlen(folder) : 0;
    record_fd = open_setting("FAULT_DISK_RECORD", O_WRONLY | O_CREAT | O_APPEND);
    const int fd = open_setting("FAULT_DISK_CONTROL", O_RDWR);
    if (fd >= 0) {
        void *page = (void *)syscall(SYS_mmap, NULL, sizeof *control, PROT_READ | PROT_WRITE,
                                     MAP_SHARED, fd, 0);
        if (page == MAP_FAILED) {
            fail("mmap");
        }
        control = page;
        syscall(SYS_close, fd);
    }
}

/* Whether a path is the folder, or below it. */
static bool is_ours(const char *path)
{
    return folder_n > 0 && strncmp(path, folder, folder_n) == 0 &&
           (path[folder_n] == '/' || path[folder_n] == '\0');
}

/* The path of an open file, if it is ours. Keeps errno. Before start() nothing is, and nothing of
 * the C library may be called: a sanitizer's runtime, which stands before it, makes itself. */
static bool path_of(int fd, char path[PATH_MAX])
{
    const int before = errno;
    char self[32];

    if (folder_n == 0) {
        path[0] = '\0';
        return false;
    }
    snprintf(self, sizeof self, "/proc/self/fd/%d", fd);
    const ssize_t n = readlink(self, path, PATH_MAX - 1);
    path[n > 0 ? n : 0] = '\0';
    errno = before;
    return is_ours(path);
}

/* The whole path of a name in a folder, if it is ours. */
static bool path_at(int at, const char *name, char path[PATH_MAX])
{
    if (folder_n == 0) {
        return false;
    }
    if (name[0] == '/') {
        snprintf(path, PATH_MAX, "%s", name);
        return is_ours(path);
    }
    if (at == AT_FDCWD || !path_of(at, path)) {
        return false;
    }
    const size_t n = strlen(path);
    snprintf(path + n, PATH_MAX - n, "/%s", name);
    return true;
}

static void hang(void)
{
    const struct timespec look_again = {.tv_nsec = 2000000};

    while (atomic_load(&control->armed) != 0) {
        nanosleep(&look_again, NULL);
    }
}

/* Counts a call; true when it is to fail, with errno set. */
static bool fails(enum call call, const char *path)
{
    if (control == NULL || atomic_load(&control->armed) == 0 ||
        (control->calls & (1U << call)) == 0 || strstr(path, control->match) == NULL) {
        return false;
    }
    const long long nth = atomic_fetch_add(&control->seen, 1) + 1;
    if (nth < control->first || nth > control->last) {
        return false;
    }
    if (atomic_fetch_add(&control->failed, 1) == 0) {
        snprintf(control->what, sizeof control->what, "%s %s", call_names[call], path);
    }
    if (control->error[call] == DIES) {
        kill(getpid(), SIGKILL);
    }
    if (control->error[call] == HANGS) {
        hang();
        return false;
    }
    errno = control->error[call];
    return true;
}

/* ---- the record ---------------------------------------------------------------------------- */

/* The last name of a path. */
static const char *base_of(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash != NULL ? slash + 1 : path;
}

/* The inode of a path, or of the folder that it is in; 0 when there is none. */
static uint64_t inode_of(const char *path)
{
    struct stat st;

    return syscall(SYS_newfstatat, AT_FDCWD, path, &st, AT_SYMLINK_NOFOLLOW) == 0 ? st.st_ino : 0;
}

static uint64_t folder_of(const char *path)
{
    char parent[PATH_MAX];

    snprintf(parent, sizeof parent, "%.*s", (int)(base_of(path) - path) - 1, path);
    return inode_of(parent);
}

static uint64_t inode_of_fd(int fd)
{
    struct stat st;

    return fstat(fd, &st) == 0 ? st.st_ino : 0;
}

/* Lock held, so that the record has the order of the events. */
static void append(struct record r, const char *name, const char *to_name, const void *bytes)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    r.at_ns = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
    r.name_n = (uint8_t)strlen(name);
    r.to_name_n = (uint8_t)strlen(to_name);
    const struct iovec parts[] = {{&r, sizeof r},
                                  {(void *)(uintptr_t)name, r.name_n},
                                  {(void *)(uintptr_t)to_name, r.to_name_n},
                                  {(void *)(uintptr_t)bytes, r.bytes_n}};
    if (syscall(SYS_writev, record_fd, parts, 4) < 0) {
        fail("the record");
    }
}

/* An event of an open file: no names. Keeps errno. */
static void note(struct record r, const void *bytes)
{
    if (record_fd >= 0) {
        const int before = errno;

        pthread_mutex_lock(&lock);
        append(r, "", "", bytes);
        pthread_mutex_unlock(&lock);
        errno = before;
    }
}

/* An event of a path. Lock held. Keeps errno. */
static void note_path(enum event event, uint64_t inode, const char *path)
{
    if (record_fd >= 0) {
        const int before = errno;

        append((struct record){.event = (uint8_t)event, .inode = inode, .folder = folder_of(path)},
               base_of(path), "", NULL);
        errno = before;
    }
}

/* Other ways to write, which nobody uses today: rather an end than a hole in the record. */
static void refuse(int fd, const char *what)
{
    char path[PATH_MAX];

    if (record_fd >= 0 && path_of(fd, path)) {
        fail(what);
    }
}

/* ---- the calls ----------------------------------------------------------------------------- */

/* A file that a call has made gets its event before its first bytes. */
static int open_ours(int at, const char *name, int flags, mode_t mode, const char *path)
{
    pthread_mutex_lock(&lock);
    const bool may_make = (flags & O_CREAT) != 0 && inode_of(path) == 0;
    const int fd = (int)syscall(SYS_openat, at, name, flags, mode);
    const int before = errno;
    if (fd >= 0 && (flags & O_TMPFILE) == O_TMPFILE && record_fd >= 0) {
        append((struct record){.event = MADE, .inode = inode_of_fd(fd)}, "", "", NULL);
    } else if (fd >= 0 && may_make) {
        note_path(MADE, inode_of_fd(fd), path);
    } else if (fd >= 0 && (flags & O_TRUNC) != 0 && record_fd >= 0) {
        append((struct record){.event = CUT, .inode = inode_of_fd(fd)}, "", "", NULL);
    }
    pthread_mutex_unlock(&lock);
    errno = before;
    return fd;
}

static int do_open(int at, const char *name, int flags, mode_t mode)
{
    char path[PATH_MAX];

    if (!path_at(at, name, path)) {
        return (int)syscall(SYS_openat, at, name, flags, mode);
    }
    return fails(OPEN, path) ? -1 : open_ours(at, name, flags, mode, path);
}

#define MODE_OF(flags, mode)                                                                       \
    do {                                                                                           \
        if (((flags) & (O_CREAT | __O_TMPFILE)) != 0) {                                            \
            va_list args;                                                                          \
            va_start(args, flags);                                                                 \
            (mode) = va_arg(args, mode_t);                                                         \
            va_end(args);                                                                          \
        }                                                                                          \
    } while (0)

int open(const char *name, int flags, ...)
{
    mode_t mode = 0;

    MODE_OF(flags, mode);
    return do_open(AT_FDCWD, name, flags, mode);
}

int open64(const char *name, int flags, ...)
{
    mode_t mode = 0;

    MODE_OF(flags, mode);
    return do_open(AT_FDCWD, name, flags, mode);
}

int openat(int at, const char *name, int flags, ...)
{
    mode_t mode = 0;

    MODE_OF(flags, mode);
    return do_open(at, name, flags, mode);
}

int openat64(int at, const char *name, int flags, ...)
{
    mode_t mode = 0;

    MODE_OF(flags, mode);
    return do_open(at, name, flags, mode);
}

ssize_t write(int fd, const void *bytes, size_t n)
{
    char path[PATH_MAX];

    if (!path_of(fd, path)) {
        return syscall(SYS_write, fd, bytes, n);
    }
    if (fails(WRITE, path)) {
        return -1;
    }
    const ssize_t wrote = syscall(SYS_write, fd, bytes, n);
    if (wrote > 0) {
        note((struct record){.event = WRITTEN,
                             .inode = inode_of_fd(fd),
                             .bytes_n = (uint32_t)wrote,
                             .offset = lseek(fd, 0, SEEK_CUR) - wrote},
             bytes);
    }
    return wrote;
}

ssize_t pwrite(int fd, const void *bytes, size_t n, off_t offset)
{
    char path[PATH_MAX];

    if (!path_of(fd, path)) {
        return syscall(SYS_pwrite64, fd, bytes, n, offset);
    }
    if (fails(WRITE, path)) {
        return -1;
    }
    const ssize_t wrote = syscall(SYS_pwrite64, fd, bytes, n, offset);
    if (wrote > 0) {
        note((struct record){.event = WRITTEN,
                             .inode = inode_of_fd(fd),
                             .bytes_n = (uint32_t)wrote,
                             .offset = offset},
             bytes);
    }
    return wrote;
}

ssize_t pwrite64(int fd, const void *bytes, size_t n, off_t offset)
{
    return pwrite(fd, bytes, n, offset);
}

/* What a failed sync has not written is lost: the next one does not try it again. */
static int do_sync(int fd, long number)
{
    char path[PATH_MAX];

    if (!path_of(fd, path)) {
        return (int)syscall(number, fd);
    }
    const bool failed = fails(SYNC, path);
    note((struct record){.event = failed ? NOT_SYNCED : SYNCED, .inode = inode_of_fd(fd)}, NULL);
    return failed ? -1 : 0;
}

int fsync(int fd)
{
    return do_sync(fd, SYS_fsync);
}

int fdatasync(int fd)
{
    return do_sync(fd, SYS_fdatasync);
}

static int do_cut(int fd, off_t size)
{
    char path[PATH_MAX];
    const bool ours = path_of(fd, path);

    if (ours && fails(TRUNCATE, path)) {
        return -1;
    }
    const int rc = (int)syscall(SYS_ftruncate, fd, size);
    if (ours && rc == 0) {
        note((struct record){.event = CUT, .inode = inode_of_fd(fd), .offset = size}, NULL);
    }
    return rc;
}

int ftruncate(int fd, off_t size)
{
    return do_cut(fd, size);
}

int ftruncate64(int fd, off_t size)
{
    return do_cut(fd, size);
}

int fallocate(int fd, int mode, off_t offset, off_t n)
{
    char path[PATH_MAX];

    if (path_of(fd, path) && fails(TRUNCATE, path)) {
        return -1;
    }
    refuse(fd, "fallocate is not recorded");
    return (int)syscall(SYS_fallocate, fd, mode, offset, n);
}

int linkat(int from_at, const char *from, int at, const char *name, int flags)
{
    char path[PATH_MAX];

    if (!path_at(at, name, path)) {
        return (int)syscall(SYS_linkat, from_at, from, at, name, flags);
    }
    if (fails(LINK, path)) {
        return -1;
    }
    pthread_mutex_lock(&lock);
    const int rc = (int)syscall(SYS_linkat, from_at, from, at, name, flags);
    if (rc == 0) {
        note_path(NAMED, inode_of(path), path);
    }
    pthread_mutex_unlock(&lock);
    return rc;
}

int renameat(int from_at, const char *from, int at, const char *name)
{
    char from_path[PATH_MAX];
    char path[PATH_MAX];

    if (!path_at(at, name, path) || !path_at(from_at, from, from_path)) {
        return (int)syscall(SYS_renameat2, from_at, from, at, name, 0);
    }
    if (fails(RENAME, path)) {
        return -1;
    }
    pthread_mutex_lock(&lock);
    const int rc = (int)syscall(SYS_renameat2, from_at, from, at, name, 0);
    if (rc == 0 && record_fd >= 0) {
        append((struct record){.event = RENAMED,
                               .inode = inode_of(path),
                               .folder = folder_of(from_path),
                               .to_folder = folder_of(path)},
               base_of(from_path), base_of(path), NULL);
    }
    pthread_mutex_unlock(&lock);
    return rc;
}

int rename(const char *from, const char *name)
{
    return renameat(AT_FDCWD, from, AT_FDCWD, name);
}

int unlinkat(int at, const char *name, int flags)
{
    char path[PATH_MAX];

    if (!path_at(at, name, path)) {
        return (int)syscall(SYS_unlinkat, at, name, flags);
    }
    if (fails(UNLINK, path)) {
        return -1;
    }
    pthread_mutex_lock(&lock);
    const int rc = (int)syscall(SYS_unlinkat, at, name, flags);
    if (rc == 0) {
        note_path(REMOVED, 0, path);
    }
    pthread_mutex_unlock(&lock);
    return rc;
}

int unlink(const char *name)
{
    return unlinkat(AT_FDCWD, name, 0);
}

int rmdir(const char *name)
{
    return unlinkat(AT_FDCWD, name, AT_REMOVEDIR);
}

int mkdirat(int at, const char *name, mode_t mode)
{
    char path[PATH_MAX];

    if (!path_at(at, name, path)) {
        return (int)syscall(SYS_mkdirat, at, name, mode);
    }
    if (fails(MKDIR, path)) {
        return -1;
    }
    pthread_mutex_lock(&lock);
    const int rc = (int)syscall(SYS_mkdirat, at, name, mode);
    if (rc == 0) {
        note_path(MADE_FOLDER, inode_of(path), path);
    }
    pthread_mutex_unlock(&lock);
    return rc;
}

int mkdir(const char *name, mode_t mode)
{
    return mkdirat(AT_FDCWD, name, mode);
}

/* Bytes that are written through a mapping are in no record: only SQLite's shared memory, which a
 * power cut takes whole, may be written so. */
void *mmap(void *where, size_t n, int access, int flags, int fd, off_t offset)
{
    char path[PATH_MAX];

    if (fd >= 0 && path_of(fd, path)) {
        if (fails(MMAP, path)) {
            return MAP_FAILED;
        }
        const bool is_shm = strstr(path, "-shm") != NULL;
        if ((access & PROT_WRITE) != 0 && (flags & MAP_SHARED) != 0 && !is_shm) {
            fail("a mapping that is written");
        }
    }
    return (void *)syscall(SYS_mmap, where, n, access, flags, fd, offset);
}

void *mmap64(void *where, size_t n, int access, int flags, int fd, off_t offset)
{
    return mmap(where, n, access, flags, fd, offset);
}

ssize_t writev(int fd, const struct iovec *parts, int n)
{
    refuse(fd, "writev is not recorded");
    return syscall(SYS_writev, fd, parts, n);
}

ssize_t copy_file_range(int from, off64_t *from_at, int to, off64_t *to_at, size_t n,
                        unsigned flags)
{
    refuse(to, "copy_file_range is not recorded");
    return syscall(SYS_copy_file_range, from, from_at, to, to_at, n, flags);
}
