/* SPDX-License-Identifier: Apache-2.0 */
/* What servers have in common that a unit test starts for itself. */
#ifndef RS_TESTS_UNIT_HTTP_LOCAL_H
#define RS_TESTS_UNIT_HTTP_LOCAL_H

#include "http/server.h"

/* On any port of this machine, by any name, and patient; refuse, answered and user are the test's
 * to set. */
static inline struct rs_http_options local_options(const struct rs_router *router)
{
    return (struct rs_http_options){.host = "127.0.0.1",
                                    .threads = 2,
                                    .connections_max = 400,
                                    .idle_s = 60,
                                    .head_s = 60,
                                    .call_s = 60,
                                    .held_max = 1 << 20,
                                    .base_path = RS_STR(""),
                                    .allowed_hosts = RS_STR("*"),
                                    .router = router};
}

#endif
