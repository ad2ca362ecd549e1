/* SPDX-License-Identifier: Apache-2.0 */
/* What the store and the file workers have in hand and have done, as numbers for whoever operates
 * the server. May be included by api and server. */
#ifndef RS_SERVICE_FIGURES_H
#define RS_SERVICE_FIGURES_H

#include "base/histogram.h"

struct rs_store;
struct rs_workers;

struct rs_figures {
    uint64_t database_bytes;
    uint64_t log_bytes;                     /* of the write-ahead log */
    uint64_t free_bytes;                    /* of the disk that both are on */
    const struct rs_histogram *commits;     /* how long they took; borrowed from the store */
    const struct rs_histogram *checkpoints; /* likewise */
    uint64_t uploads;                       /* open now */
    uint64_t uploads_refused;               /* because too many were */
    uint64_t file_jobs;                     /* waiting for a worker */
};

/* Reads the writing store's figures and the workers'. Asks the file system for sizes, and no disk.
 * Any thread. */
struct rs_figures rs_figures_read(const struct rs_store *writer, struct rs_workers *workers);

#endif
