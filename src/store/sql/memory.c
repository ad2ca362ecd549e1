/* SPDX-License-Identifier: Apache-2.0 */
/* What a reader remembers of runs, of lists of them and of the registry's tags, and what the writer
 * tells of them. */
#include "store/sql/memory.h"

#include "store/sql/registry_tags.h"

static size_t slot_of(int64_t run, size_t slots)
{
    return (uint64_t)run % slots;
}

static uint64_t changed(const struct rs_changes *c, int64_t run)
{
    const uint64_t one = atomic_load(&c->run[slot_of(run, RS_CHANGES_SLOTS)]);
    const uint64_t all = atomic_load(&c->all_runs);

    return one > all ? one : all;
}

void rs_memory_begin(struct rs_memory *m, uint64_t done)
{
    m->calls++;
    m->done = done;
    if (m->is_full) {
        rs_arena_reset(&m->texts);
        memset(m->slot, 0, sizeof m->slot);
        m->is_full = false;
    }
    if (m->listed.used > RS_MEMORY_LIST_BYTES) {
        rs_arena_reset(&m->listed);
        m->list = NULL;
    }
    if (m->owners.used > RS_MEMORY_TAG_BYTES) {
        rs_arena_reset(&m->owners);
        memset(m->tag, 0, sizeof m->tag);
    }
}

/* The place of a run, or NULL. */
static struct rs_remembered *place_of(struct rs_memory *m, int64_t run)
{
    struct rs_remembered *set = m->slot[slot_of(run, RS_MEMORY_SETS)];

    for (size_t i = 0; i < RS_MEMORY_WAYS; i++) {
        if (set[i].run == run) {
            return &set[i];
        }
    }
    return NULL;
}

/* The place that is missed least: one without a text, else the one that was not used for longest.
 */
static struct rs_remembered *place_for(struct rs_memory *m, int64_t run)
{
    struct rs_remembered *set = m->slot[slot_of(run, RS_MEMORY_SETS)];
    struct rs_remembered *least = &set[0];

    for (size_t i = 1; i < RS_MEMORY_WAYS; i++) {
        const bool has_text = set[i].kept.text.p != NULL;
        const bool least_has = least->kept.text.p != NULL;

        if (has_text != least_has ? least_has : set[i].used < least->used) {
            least = &set[i];
        }
    }
    return least;
}

struct rs_remembered *rs_memory_find(struct rs_memory *m, int64_t run)
{
    struct rs_remembered *r = place_of(m, run);

    if (r == NULL || r->kept.text.p == NULL || changed(m->changes, run) > r->as_of) {
        return NULL;
    }
    r->used = m->calls;
    return r;
}

static void keep(struct rs_kept *kept, struct rs_str text)
{
    struct rs_memory *m = ((struct rs_remembered *)kept)->memory;

    if (m->texts.used + text.n > RS_MEMORY_BYTES) {
        m->is_full = true;
        return;
    }
    kept->text = rs_arena_str(&m->texts, text);
}

struct rs_kept *rs_memory_put(struct rs_memory *m, int64_t run, bool has_edges)
{
    struct rs_remembered *r = place_of(m, run);
    const bool is_known = r != NULL;

    if (!is_known) {
        r = place_for(m, run);
    }
    /* The reply that is being made may hold what is there. */
    if (r->used == m->calls || changed(m->changes, run) > m->done) {
        return NULL;
    }
    if (!is_known) {
        *r = (struct rs_remembered){.run = run, .used = m->calls};
        return NULL;
    }
    *r = (struct rs_remembered){.kept = {.keep = keep},
                                .memory = m,
                                .run = run,
                                .as_of = m->done,
                                .used = m->calls,
                                .has_edges = has_edges};
    return &r->kept;
}

/* Experiments and keys are numbers that were given out one after the other. */
static size_t metric_number(int64_t experiment, int64_t key)
{
    return (size_t)experiment * 31 + (size_t)key;
}

static uint64_t changed_metric(const struct rs_changes *c, const struct rs_metric_bound *b)
{
    return atomic_load(&c->metric[metric_number(b->experiment, b->key) % RS_CHANGES_METRIC_SLOTS]);
}

static struct rs_metric_list *place_of_list(const struct rs_memory *m,
                                            const struct rs_metric_bound *b)
{
    const struct rs_str value = {(const char *)&b->value, sizeof b->value};
    const uint64_t hash = rs_str_hash(RS_HASH_START + b->cmp, value);

    return &m->list[(metric_number(b->experiment, b->key) + hash) % RS_MEMORY_LISTS];
}

static bool is_same_bound(const struct rs_metric_bound *a, const struct rs_metric_bound *b)
{
    return a->experiment == b->experiment && a->key == b->key && a->cmp == b->cmp &&
           a->value == b->value;
}

const struct rs_bits *rs_memory_find_list(const struct rs_memory *m,
                                          const struct rs_metric_bound *bound)
{
    if (m->list == NULL) {
        return NULL;
    }
    const struct rs_metric_list *l = place_of_list(m, bound);
    return l->runs.byte != NULL && is_same_bound(&l->bound, bound) &&
                   changed_metric(m->changes, bound) <= l->as_of
               ? &l->runs
               : NULL;
}

void rs_memory_put_list(struct rs_memory *m, const struct rs_metric_bound *bound,
                        const struct rs_bits *runs)
{
    if (rs_bits_size(runs) > RS_MEMORY_LIST_MAX || changed_metric(m->changes, bound) > m->done) {
        return;
    }
    if (m->list == NULL) {
        m->list = RS_NEW_N(&m->listed, struct rs_metric_list, RS_MEMORY_LISTS);
    }
    *place_of_list(m, bound) = (struct rs_metric_list){
        .bound = *bound, .as_of = m->done, .runs = rs_bits_copy(&m->listed, runs)};
}

/* What is above the owner in a pair is a hash. */
static size_t slot_of_tag(int64_t pair, size_t slots)
{
    return ((uint64_t)pair >> 32) % slots;
}

static uint64_t changed_tag(const struct rs_changes *c, int64_t pair)
{
    return atomic_load(&c->tag[slot_of_tag(pair, RS_CHANGES_TAG_SLOTS)]);
}

/* Where a tag stands, or else the place of its set that was not used for longest. */
static struct rs_tag_owners *place_of_tag(struct rs_memory *m, const char *table, int64_t pair)
{
    struct rs_tag_owners *set = m->tag[slot_of_tag(pair, RS_MEMORY_TAG_SETS)];
    struct rs_tag_owners *oldest = &set[0];

    for (size_t i = 0; i < RS_MEMORY_TAG_WAYS; i++) {
        if (set[i].table == table && set[i].pair == pair) {
            return &set[i];
        }
        oldest = set[i].used < oldest->used ? &set[i] : oldest;
    }
    return oldest;
}

const struct rs_tag_owners *rs_memory_find_tag(struct rs_memory *m, const char *table, int64_t pair)
{
    struct rs_tag_owners *t = place_of_tag(m, table, pair);

    if (t->table != table || t->pair != pair || changed_tag(m->changes, pair) > t->as_of) {
        return NULL;
    }
    t->used = m->calls;
    return t;
}

void rs_memory_put_tag(struct rs_memory *m, const char *table, int64_t pair, const int64_t *id,
                       size_t n)
{
    if (changed_tag(m->changes, pair) > m->done) {
        return;
    }
    uint32_t *kept = RS_NEW_N(&m->owners, uint32_t, n);
    for (size_t i = 0; i < n; i++) {
        kept[i] = (uint32_t)id[i];
    }
    *place_of_tag(m, table, pair) = (struct rs_tag_owners){
        .table = table, .pair = pair, .as_of = m->done, .used = m->calls, .id = kept, .n = n};
}

static uint64_t changed_block(const struct rs_changes *c, int64_t block)
{
    return atomic_load(&c->owners[(uint64_t)block % RS_CHANGES_OWNER_SLOTS]);
}

static uint64_t bit_of(int64_t owner)
{
    return UINT64_C(1) << (owner % RS_CHANGES_BLOCK);
}

/* Blocks of one comparison stand side by side. */
static size_t place_of_block(const struct rs_comparison *c, int64_t block)
{
    return (c->word[0] + (uint64_t)block) % RS_MEMORY_ANSWERS;
}

/* Whether what stands in the place of a block is about it, and still so. */
static bool is_about(const struct rs_memory *m, const struct rs_answers *a,
                     const struct rs_comparison *c, int64_t block)
{
    return a->block == block && memcmp(&a->comparison, c, sizeof *c) == 0 &&
           changed_block(m->changes, block) <= a->as_of;
}

enum rs_answer rs_memory_answer(const struct rs_memory *m, const struct rs_comparison *c,
                                int64_t owner)
{
    const int64_t block = owner / RS_CHANGES_BLOCK;

    if (m->answers == NULL) {
        return RS_ANSWER_UNKNOWN;
    }
    const struct rs_answers *a = &m->answers[place_of_block(c, block)];
    if ((a->is_known & bit_of(owner)) == 0 || !is_about(m, a, c, block)) {
        return RS_ANSWER_UNKNOWN;
    }
    return (a->is_met & bit_of(owner)) != 0 ? RS_ANSWER_YES : RS_ANSWER_NO;
}

void rs_memory_put_answer(struct rs_memory *m, const struct rs_comparison *c, int64_t owner,
                          bool is_met)
{
    const int64_t block = owner / RS_CHANGES_BLOCK;

    if (changed_block(m->changes, block) > m->done) {
        return;
    }
    if (m->answers == NULL) {
        m->answers = RS_NEW_N(&m->asked, struct rs_answers, RS_MEMORY_ANSWERS);
    }
    struct rs_answers *a = &m->answers[place_of_block(c, block)];
    if (!is_about(m, a, c, block)) {
        *a = (struct rs_answers){.comparison = *c, .block = block, .as_of = m->done};
    }
    a->is_known |= bit_of(owner);
    a->is_met |= is_met ? bit_of(owner) : 0;
}

void rs_memory_fini(struct rs_memory *m)
{
    rs_arena_fini(&m->asked);
    rs_arena_fini(&m->owners);
    rs_arena_fini(&m->listed);
    rs_arena_fini(&m->texts);
}

void rs_changes_run(struct rs_store *s, int64_t run)
{
    struct rs_changes *c = s->changes;

    if (c != NULL) {
        atomic_store(&c->run[slot_of(run, RS_CHANGES_SLOTS)], atomic_load(&c->done) + 1);
    }
}

void rs_changes_all_runs(struct rs_store *s)
{
    struct rs_changes *c = s->changes;

    if (c != NULL) {
        atomic_store(&c->all_runs, atomic_load(&c->done) + 1);
    }
}

void rs_changes_metric(struct rs_store *s, int64_t experiment, int64_t key)
{
    struct rs_changes *c = s->changes;

    if (c != NULL) {
        atomic_store(&c->metric[metric_number(experiment, key) % RS_CHANGES_METRIC_SLOTS],
                     atomic_load(&c->done) + 1);
    }
}

void rs_changes_tag(struct rs_store *s, int64_t pair)
{
    struct rs_changes *c = s->changes;

    if (c != NULL) {
        const uint64_t next = atomic_load(&c->done) + 1;
        const uint64_t block = (uint64_t)(pair & RS_TAG_OWNER_MAX) / RS_CHANGES_BLOCK;

        atomic_store(&c->tag[slot_of_tag(pair, RS_CHANGES_TAG_SLOTS)], next);
        atomic_store(&c->owners[block % RS_CHANGES_OWNER_SLOTS], next);
    }
}

void rs_changes_committed(struct rs_store *s)
{
    if (s->changes != NULL) {
        atomic_fetch_add(&s->changes->done, 1);
    }
}
