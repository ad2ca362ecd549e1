/* SPDX-License-Identifier: Apache-2.0 */
/* /proc/self and getrusage(2). */
#include "base/process.h"

#include <dirent.h>
#include <fcntl.h>
#include <stddef.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/str.h"

enum { STATUS_MAX = 8192, KIB = 1024 };

/* The number in the line "NAME:  123 kB" of a status file; 0 when there is none. */
static uint64_t number_of(struct rs_str status, const char *name)
{
    const size_t n_name = strlen(name);
    int64_t value = 0;

    while (status.n > 0) {
        const size_t end = rs_str_find(status, '\n', 0);
        const struct rs_str line = {status.p, end};

        if (rs_str_starts(line, rs_str_of(name)) && line.n > n_name && line.p[n_name] == ':') {
            const struct rs_str rest = rs_str_trim(rs_str_from(line, n_name + 1));

            (void)rs_str_to_i64((struct rs_str){rest.p, rs_str_find(rest, ' ', 0)}, &value);
            break;
        }
        status = rs_str_from(status, end < status.n ? end + 1 : end);
    }
    return value > 0 ? (uint64_t)value : 0;
}

static void read_status(struct rs_process *p)
{
    char text[STATUS_MAX];
    const int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);

    if (fd < 0) {
        return;
    }
    const ssize_t n = read(fd, text, sizeof text);
    close(fd);
    const struct rs_str status = {text, n > 0 ? (size_t)n : 0};
    p->resident_bytes = KIB * number_of(status, "VmRSS");
    p->virtual_bytes = KIB * number_of(status, "VmSize");
    p->threads = number_of(status, "Threads");
}

/* Linux tells the number as the folder's size since 6.2; before that, entries are counted. */
static uint64_t count_fds(void)
{
    struct stat st;
    uint64_t n = 0;

    if (stat("/proc/self/fd", &st) == 0 && st.st_size > 0) {
        return (uint64_t)st.st_size;
    }
    DIR *folder = opendir("/proc/self/fd");
    if (folder == NULL) {
        return 0;
    }
    for (const struct dirent *e = readdir(folder); e != NULL; e = readdir(folder)) {
        n += e->d_name[0] != '.';
    }
    closedir(folder);
    return n > 0 ? n - 1 : 0; /* without the folder itself */
}

static double seconds_of(struct timeval t)
{
    return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

struct rs_process rs_process_read(void)
{
    struct rs_process p = {0};
    struct rusage used;
    struct rlimit fds;

    read_status(&p);
    p.open_fds = count_fds();
    if (getrlimit(RLIMIT_NOFILE, &fds) == 0) {
        p.max_fds = fds.rlim_cur;
    }
    if (getrusage(RUSAGE_SELF, &used) == 0) {
        p.cpu_s = seconds_of(used.ru_utime) + seconds_of(used.ru_stime);
    }
    return p;
}
