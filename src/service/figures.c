/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers from the floors below, in one struct. */
#include "service/figures.h"

#include "artifact/workers.h"
#include "store/store.h"

struct rs_figures rs_figures_read(const struct rs_store *writer, struct rs_workers *workers)
{
    const struct rs_store_figures store = rs_store_figures(writer);

    return (struct rs_figures){.database_bytes = store.bytes,
                               .log_bytes = store.log_bytes,
                               .free_bytes = store.free_bytes,
                               .commits = store.commits,
                               .checkpoints = store.checkpoints,
                               .uploads = rs_workers_uploads(workers),
                               .uploads_refused = rs_workers_refused(workers),
                               .file_jobs = rs_workers_depth(workers)};
}
