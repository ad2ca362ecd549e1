/* SPDX-License-Identifier: Apache-2.0 */
/* libFuzzer's two functions. The program's own name says which target it is. */
#include <stdio.h>
#include <stdlib.h>

#include "target.h"

int LLVMFuzzerInitialize(const int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static const struct fuzz_target *target;

int LLVMFuzzerInitialize(const int *argc, char ***argv)
{
    const char *slash = strrchr((*argv)[0], '/');

    (void)argc;
    target = fuzz_find(slash != NULL ? slash + 1 : (*argv)[0]);
    if (target == NULL) {
        fprintf(stderr, "fuzz: no target is called as this program is\n");
        exit(2);
    }
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    fuzz_try(target, (struct rs_str){(const char *)bytes, n});
    return 0;
}
