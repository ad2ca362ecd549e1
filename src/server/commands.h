/* SPDX-License-Identifier: Apache-2.0 */
/* The operator's commands: backup, restore, check, verify-log. May be included by server. */
#ifndef RS_SERVER_COMMANDS_H
#define RS_SERVER_COMMANDS_H

#include <stdbool.h>

/* Whether a word is one of them. */
bool rs_is_upkeep(const char *command);

/* Runs args[0] with the flags and the word behind it. The exit code: 0 all is well, 1 something
 * was found, 2 it could not do its work. */
int rs_run_upkeep(int n_args, char **args);

#endif
