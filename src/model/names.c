/* SPDX-License-Identifier: Apache-2.0 */
/* The words of random names: short, friendly, without a second meaning that would hurt in a report.
 */
#include "model/names.h"

enum { N_WORDS = 64, NUMBER_MAX = 1000 };

static const char *const adjectives[N_WORDS] = {
    "agile",  "amber",  "ample",  "azure",  "bold",    "brave",  "breezy", "bright",
    "brisk",  "calm",   "candid", "clear",  "clever",  "cosmic", "cosy",   "crisp",
    "daring", "deft",   "eager",  "early",  "earnest", "fair",   "fleet",  "fond",
    "frank",  "fresh",  "gentle", "glad",   "golden",  "grand",  "hardy",  "honest",
    "humble", "jolly",  "keen",   "kind",   "lively",  "lucid",  "lucky",  "mellow",
    "merry",  "mild",   "nimble", "noble",  "patient", "placid", "polite", "proud",
    "quick",  "quiet",  "rapid",  "serene", "sharp",   "silver", "smooth", "snug",
    "steady", "sturdy", "sunny",  "swift",  "tidy",    "vivid",  "warm",   "witty",
};

static const char *const nouns[N_WORDS] = {
    "alder",   "badger",  "basalt", "beacon",  "birch",   "bison",   "brook",  "canyon",
    "cedar",   "cliff",   "comet",  "coral",   "crane",   "delta",   "dune",   "ember",
    "falcon",  "fern",    "finch",  "fjord",   "flint",   "forest",  "gale",   "glacier",
    "grove",   "harbor",  "hazel",  "heron",   "hill",    "ibis",    "island", "jasper",
    "juniper", "kestrel", "lagoon", "lake",    "lantern", "larch",   "lark",   "lynx",
    "maple",   "marble",  "marten", "meadow",  "moss",    "oak",     "onyx",   "orchard",
    "osprey",  "otter",   "pebble", "pine",    "plover",  "quartz",  "raven",  "reef",
    "ridge",   "river",   "robin",  "sparrow", "summit",  "thistle", "valley", "willow",
};

struct rs_str rs_random_name(struct rs_arena *a, uint64_t bits)
{
    const uint64_t number = (bits / ((uint64_t)N_WORDS * N_WORDS)) % NUMBER_MAX;

    return rs_arena_fmt(a, "%s-%s-%u", adjectives[bits % N_WORDS], nouns[bits / N_WORDS % N_WORDS],
                        (unsigned)number);
}
