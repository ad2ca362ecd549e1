#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Writes, to stdout, the C file that carries the SQL files named as arguments, in the order of their names.
# Each becomes one row of rs_migrations (src/store/migrations.h), named after its file without ".sql".
set -eu
LC_ALL=C
export LC_ALL

cat <<'END'
/* Made by scripts/embed-sql.sh from schema/; change the SQL there. */
#include "store/migrations.h"

#include <stddef.h>

/* A migration is longer than the 4095 characters that the standard promises; gcc and clang have no limit. */
#pragma GCC diagnostic ignored "-Woverlength-strings"

const struct rs_migration rs_migrations[] = {
END

count=0
for file in $(printf '%s\n' "$@" | sort); do
    count=$((count + 1))
    printf '    {"%s",\n' "$(basename "$file" .sql)"
    awk '{
        gsub(/\\/, "&&"); gsub(/["?]/, "\\\\&"); gsub(/\t/, "\\\\t"); gsub(/\r/, "\\\\r")
        printf "     \"%s\\n\"\n", $0
    } END { if (NR == 0) print "     \"\"" }' "$file"
    printf '    },\n'
done

cat <<END
    {NULL, NULL},
};
const unsigned rs_n_migrations = ${count}U;
END
