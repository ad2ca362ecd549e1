/* SPDX-License-Identifier: Apache-2.0 */
/* Folders for the tests of artifact bytes, and what all of them do with a store. */
#ifndef RS_TESTS_ARTIFACT_PLACE_H
#define RS_TESTS_ARTIFACT_PLACE_H

#include <check.h>

#include "artifact/artifact.h"

/* Runs a suite in a folder of the program's own, which goes with all in it. The exit code of main.
 */
int place_run(Suite *suite);

/* A path of a test's own in that folder, where nothing is yet. The text is place_cx's. */
const char *place_new(void);

/* The context of the test that runs; end it with rs_arena_fini(cx->arena). */
struct rs_cx *place_cx(void);

/* Asserts that a call went well, and shows its message otherwise. */
#define ck_ok(cx, call)                                                                            \
    do {                                                                                           \
        const enum rs_code ck_code = (call);                                                       \
        ck_assert_msg(ck_code == RS_OK, "%s: %s", #call, (cx)->error.message);                     \
    } while (0)

/* Asserts the code and a part of the message of a call that fails, and forgets the error. */
#define ck_fails(cx, call, wanted, text)                                                           \
    do {                                                                                           \
        const enum rs_code ck_code = (call);                                                       \
        ck_assert_msg(ck_code == (wanted), "%s: %s, %s", #call, rs_code_name(ck_code),             \
                      (cx)->error.message);                                                        \
        ck_assert_msg(strstr((cx)->error.message, (text)) != NULL, "%s: %s", #call,                \
                      (cx)->error.message);                                                        \
        rs_cx_clear(cx);                                                                           \
    } while (0)

/* Uploads n bytes at once. */
struct rs_blob place_upload(struct rs_artifact_store *s, const void *bytes, size_t n);

/* Uploads a part likewise. */
struct rs_blob place_upload_part(struct rs_artifact_store *s, struct rs_str id, int number,
                                 struct rs_str bytes);

/* Whether a blob's bytes are these. */
bool place_holds(struct rs_artifact_store *s, const struct rs_blob *blob, struct rs_str bytes);

/* Files under a path with their folders' files; 0 also when there is no such path. */
int place_count_files(const char *path);

/* n bytes that are not all the same and never repeat within 64 KiB. Free them with free(). */
char *place_bytes(size_t n);

#endif
