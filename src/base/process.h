/* SPDX-License-Identifier: Apache-2.0 */
/* What the running process takes of the machine. May be included by every room but model. */
#ifndef RS_BASE_PROCESS_H
#define RS_BASE_PROCESS_H

#include <stdint.h>

/* Figures that the system does not tell are 0. */
struct rs_process {
    uint64_t resident_bytes; /* memory in RAM */
    uint64_t virtual_bytes;  /* address space */
    uint64_t threads;
    uint64_t open_fds;
    uint64_t max_fds; /* the soft limit */
    double cpu_s;     /* user and system time of all threads */
};

/* Asks the kernel; no disk is touched. Any thread. */
struct rs_process rs_process_read(void);

#endif
