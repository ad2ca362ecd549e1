/* SPDX-License-Identifier: Apache-2.0 */
/* Without a fuzzer: tries every seed of the targets, and simple variants of each; and what serves
 * `make fuzz`.
 *
 *     replay [TARGET...]            all targets without one
 *     replay --file TARGET FILE     tries one input
 *     replay --unpack TARGET DIR    writes its seeds as files
 *     replay --words TARGET         prints its dictionary
 *     replay --show FILE            prints an input as a seed
 *     replay --targets              prints the names of the targets */
#include <stdio.h>
#include <stdlib.h>

#include "seeds.h"
#include "target.h"

enum {
    VARIANTS_MAX = 400, /* of one seed: longer ones are cut and bent at fewer places */
    VARIANTS_MAX_SLOW = 20,
    INPUT_MAX = 16 << 20,
};

struct replay {
    const struct fuzz_target *target;
    const char *folder; /* of --unpack */
    unsigned seeds;
    unsigned inputs;
};

/* What is tried now, for who reads the output of a program that was ended. */
static void try_one(struct replay *r, struct rs_str input)
{
    r->inputs++;
    fuzz_try(r->target, input);
}

/* The seed, its beginnings, and it with one byte changed. */
static void try_seed(void *arg, struct rs_str title, struct rs_str input)
{
    struct replay *r = arg;
    const size_t most = r->target->is_slow ? VARIANTS_MAX_SLOW : VARIANTS_MAX;
    const size_t step = 1 + 2 * input.n / most;
    char *copy = malloc(input.n + 1);

    if (copy == NULL) {
        abort();
    }
    r->seeds++;
    fprintf(stderr, "%s: " RS_FMT "\n", r->target->name, RS_ARG(title));
    try_one(r, input);
    for (size_t i = 0; i < input.n; i += step) {
        try_one(r, (struct rs_str){input.p, i});
        memcpy(copy, input.p, input.n);
        copy[i] = (char)(copy[i] ^ 1 << (i + r->seeds) % 8);
        try_one(r, (struct rs_str){copy, input.n});
    }
    free(copy);
}

static void replay(const struct fuzz_target *t, struct replay *sum)
{
    sum->target = t;
    seeds_read(t->name, try_seed, sum);
    if (t->close != NULL) {
        t->close();
    }
}

static void unpack(void *arg, struct rs_str title, struct rs_str input)
{
    struct replay *r = arg;
    char path[512];

    (void)title;
    snprintf(path, sizeof path, "%s/seed-%03u", r->folder, r->seeds++);
    FILE *f = fopen(path, "we");
    if (f == NULL || fwrite(input.p, 1, input.n, f) != input.n || fclose(f) != 0) {
        fprintf(stderr, "replay: could not write %s\n", path);
        exit(1);
    }
}

/* A line of a dictionary of libFuzzer. */
static void print_word(struct rs_str word)
{
    if (word.n == 0) {
        return;
    }
    putchar('"');
    for (size_t i = 0; i < word.n; i++) {
        const unsigned char c = (unsigned char)word.p[i];

        printf(c >= 0x20 && c < 0x7F && c != '"' && c != '\\' ? "%c" : "\\x%02X", c);
    }
    puts("\"");
}

static struct rs_str read_input(const char *path, struct rs_buf *out)
{
    FILE *f = fopen(path, "re");

    if (f == NULL) {
        fprintf(stderr, "replay: could not open %s\n", path);
        exit(1);
    }
    char *room = rs_buf_room(out, INPUT_MAX);
    out->n = fread(room, 1, INPUT_MAX, f);
    fclose(f);
    return rs_buf_view(out);
}

static const struct fuzz_target *named(const char *name)
{
    const struct fuzz_target *t = name != NULL ? fuzz_find(name) : NULL;

    if (t == NULL) {
        fprintf(stderr, "replay: there is no target \"%s\"\n", name != NULL ? name : "");
        exit(2);
    }
    return t;
}

static int serve_fuzz(char **args)
{
    struct rs_buf text = {.max = INPUT_MAX};
    struct rs_buf shown = {.max = 4 * INPUT_MAX};

    if (strcmp(args[1], "--targets") == 0) {
        for (size_t i = 0; fuzz_targets[i] != NULL; i++) {
            puts(fuzz_targets[i]->name);
        }
    } else if (strcmp(args[1], "--words") == 0) {
        const struct fuzz_target *t = named(args[2]);

        if (t->words != NULL) {
            t->words(print_word);
        }
    } else if (strcmp(args[1], "--unpack") == 0) {
        seeds_read(named(args[2])->name, unpack, &(struct replay){.folder = args[3]});
    } else if (strcmp(args[1], "--file") == 0) {
        fuzz_try(named(args[2]), read_input(args[3], &text));
    } else {
        seeds_write(&shown, read_input(args[2], &text));
        fwrite(shown.p, 1, shown.n, stdout);
    }
    rs_buf_fini(&text);
    rs_buf_fini(&shown);
    return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
    struct replay sum = {0};

    if (argc > 1 && strncmp(argv[1], "--", 2) == 0) {
        return serve_fuzz(argv);
    }
    for (int i = 1; i < argc; i++) {
        replay(named(argv[i]), &sum);
    }
    for (size_t i = 0; argc == 1 && fuzz_targets[i] != NULL; i++) {
        replay(fuzz_targets[i], &sum);
    }
    printf("fuzz: %u seeds, %u inputs passed\n", sum.seeds, sum.inputs);
    return EXIT_SUCCESS;
}
