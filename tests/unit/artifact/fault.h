/* SPDX-License-Identifier: Apache-2.0 */
/* The local backend behind a wrapper that fails, waits and counts on demand. */
#ifndef RS_TESTS_ARTIFACT_FAULT_H
#define RS_TESTS_ARTIFACT_FAULT_H

#include "artifact/artifact.h"

extern const struct rs_artifact_ops fault_ops;

/* What the next calls meet; 0: nothing. Any thread. */
void fault_fail_write(struct rs_artifact_store *s, int nth); /* from now on, 1: the next */
void fault_fail_begin(struct rs_artifact_store *s);
void fault_fail_end(struct rs_artifact_store *s);

/* Writes stop in front of a gate that was shut, until it is opened. */
void fault_gate(struct rs_artifact_store *s, bool shut);

/* Waits until so many writes stand before the gate. */
void fault_await_gate(struct rs_artifact_store *s, int writes);

struct fault_counts {
    int begun;
    int ended; /* well or not */
    int dropped;
    int removed;   /* blobs */
    int at_gate;   /* writes that wait now */
    int together;  /* calls on one upload at the same time, at most; more than 1 breaks the contract
                    */
    int alongside; /* writes of different uploads at the same time, at most */
};
struct fault_counts fault_counts(struct rs_artifact_store *s);

/* Waits until the uploads that began were ended or dropped, and so many blobs were removed. */
void fault_await_quiet(struct rs_artifact_store *s, int removed);

#endif
