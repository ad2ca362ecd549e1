/* SPDX-License-Identifier: Apache-2.0 */
/* Settings, from flags, environment, file and defaults. May be included by server. */
#ifndef RS_SERVER_CONFIG_H
#define RS_SERVER_CONFIG_H

#include "base/buf.h"
#include "base/cx.h"

struct rs_config {
#define RS_SETTING_TEXT(name) const char *name;
#define RS_SETTING_CHOICE(name) const char *name;
#define RS_SETTING_NUMBER(name) unsigned name;
#define RS_SETTING_SWITCH(name) bool name;
#define RS_SETTING(kind, name, ...) RS_SETTING_##kind(name)
#include "server/config.def"
#undef RS_SETTING
#undef RS_SETTING_TEXT
#undef RS_SETTING_CHOICE
#undef RS_SETTING_NUMBER
#undef RS_SETTING_SWITCH
};

/* Reads the settings of `runestone server`: args are what follows the command. --config FILE, or
 * RUNESTONE_CONFIG, names a file. RS_INVALID says which setting is wrong, where it was given, and
 * what it should be. Texts are cx's. */
enum rs_code rs_config_read(struct rs_cx *cx, int n_args, char *const *args, struct rs_config *out);

/* Appends the list of flags for --help, and docs/config.md. */
void rs_config_help(struct rs_buf *out);
void rs_config_markdown(struct rs_buf *out);

#endif
