/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The floor under an upload: takes --bytes bytes from memory in pieces, counts SHA-256, writes them
 * to a new file in --dir and syncs it once. No socket, one thread. Prints one JSON object with the
 * seconds of the whole and of each part; removes the file.
 */
#include "tool.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PIECE (256UL * 1024)
#define MEMORY                                                                                     \
    (64UL * 1024 * 1024) /* more than the caches hold, as bytes from a socket would be             \
                          */

struct parts {
    uint64_t hash_ns;
    uint64_t write_ns;
    uint64_t sync_ns;
};

static void write_all(int fd, const char *p, size_t n)
{
    while (n > 0) {
        const ssize_t done = write(fd, p, n);
        if (done <= 0)
            rs_die("could not write: %s", strerror(errno));
        p += done;
        n -= (size_t)done;
    }
}

static void copy(int fd, const char *memory, uint64_t bytes, struct parts *parts)
{
    EVP_MD_CTX *sha = EVP_MD_CTX_new();
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned n_digest;

    EVP_DigestInit_ex(sha, EVP_sha256(), NULL);
    for (uint64_t at = 0; at < bytes; at += PIECE) {
        const size_t n = bytes - at < PIECE ? (size_t)(bytes - at) : PIECE;
        const char *piece = memory + at % MEMORY;
        const uint64_t t0 = rs_now_ns();
        EVP_DigestUpdate(sha, piece, n);
        const uint64_t t1 = rs_now_ns();
        write_all(fd, piece, n);
        parts->hash_ns += t1 - t0;
        parts->write_ns += rs_now_ns() - t1;
    }
    EVP_DigestFinal_ex(sha, digest, &n_digest);
    EVP_MD_CTX_free(sha);
    const uint64_t t0 = rs_now_ns();
    if (fsync(fd) != 0)
        rs_die("could not sync: %s", strerror(errno));
    parts->sync_ns = rs_now_ns() - t0;
}

int main(int argc, char **argv)
{
    static const struct option options[] = {{"dir", required_argument, NULL, 'd'},
                                            {"bytes", required_argument, NULL, 'b'},
                                            {NULL, 0, NULL, 0}};
    const char *dir = NULL;
    uint64_t bytes = 0;
    struct parts parts = {0};
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'd')
            dir = optarg;
        else if (option == 'b')
            bytes = rs_number("--bytes", optarg);
    }
    if (dir == NULL || bytes == 0)
        rs_die("usage: floor_write --dir DIR --bytes N");
    char *memory = rs_noise(MEMORY);
    const int fd = open(dir, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
    if (fd < 0)
        rs_die("could not make a file in \"%s\": %s", dir, strerror(errno));
    const uint64_t begin = rs_now_ns();
    copy(fd, memory, bytes, &parts);
    const double seconds = (double)(rs_now_ns() - begin) / 1e9;
    printf(
        "{\"seconds\": %.4f, \"rate\": %.1f, \"hash_s\": %.4f, \"write_s\": %.4f, \"sync_s\": %.4f}\n",
        seconds, (double)bytes / seconds, (double)parts.hash_ns / 1e9, (double)parts.write_ns / 1e9,
        (double)parts.sync_ns / 1e9);
    close(fd);
    free(memory);
    return 0;
}
