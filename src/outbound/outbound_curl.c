/* SPDX-License-Identifier: Apache-2.0 */
/* libcurl, with everything off that a POST of ours does not need. The URL is read by the parser
 * that connects later, so that no two readings of it differ. */
#include "outbound/outbound.h"

#include <curl/curl.h>
#include <netdb.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/uri.h"
#include "outbound/address.h"

enum {
    CONNECT_MS = 5000,
    ANSWER_MAX = 1 << 20, /* bytes; whoever sends more is not read to the end */
};

struct exchange {
    struct exchange *next; /* of those under way */
    struct exchange **link;
    const struct rs_outbound_policy *policy;
    CURL *easy;
    struct curl_slist *headers;
    void *user;
    bool is_refused; /* the address was not public */
    size_t seen;     /* bytes of the answer */
    char why[CURL_ERROR_SIZE];
    size_t n;
    char body[RS_OUTBOUND_BODY_MAX];
};

struct rs_outbound {
    struct rs_outbound_policy policy;
    CURLM *multi;
    struct exchange *first;
    int n; /* exchanges that were not taken yet */
};

static void init_library(void)
{
    (void)curl_global_init(CURL_GLOBAL_DEFAULT);
}

static void ensure_library(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, init_library);
}

static curl_socket_t open_socket(void *user, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct exchange *x = user;

    (void)purpose;
    if (!x->policy->allow_private && !rs_address_is_public(&address->addr)) {
        x->is_refused = true;
        return CURL_SOCKET_BAD;
    }
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static size_t keep_body(char *bytes, size_t size, size_t n, void *user)
{
    struct exchange *x = user;
    const size_t all = size * n;
    const size_t room = sizeof x->body - x->n;
    const size_t kept = all < room ? all : room;

    memcpy(x->body + x->n, bytes, kept);
    x->n += kept;
    x->seen += all;
    return x->seen > ANSWER_MAX ? 0 : all;
}

static void free_exchange(struct exchange *x)
{
    curl_easy_cleanup(x->easy);
    curl_slist_free_all(x->headers);
    free(x);
}

static bool add_headers(struct exchange *x, const struct rs_outbound_message *m)
{
    for (size_t i = 0; i < m->n_headers; i++) {
        struct curl_slist *longer = curl_slist_append(x->headers, m->header[i].p);

        if (longer == NULL) {
            return false;
        }
        x->headers = longer;
    }
    return true;
}

#define SET(option, value) (curl_easy_setopt(x->easy, option, value) == CURLE_OK)

static bool set_limits(struct exchange *x)
{
    const struct rs_outbound_policy *p = x->policy;

    return SET(CURLOPT_NOSIGNAL, 1L) && SET(CURLOPT_PROXY, "") && SET(CURLOPT_NETRC, 0L) &&
           SET(CURLOPT_FOLLOWLOCATION, 0L) && SET(CURLOPT_UNRESTRICTED_AUTH, 0L) &&
           SET(CURLOPT_PROTOCOLS_STR, p->allow_plain ? "http,https" : "https") &&
           SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) &&
           SET(CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS) &&
           SET(CURLOPT_TIMEOUT_MS, 1000L * p->timeout_s) &&
           SET(CURLOPT_OPENSOCKETFUNCTION, open_socket) && SET(CURLOPT_OPENSOCKETDATA, x) &&
           SET(CURLOPT_WRITEFUNCTION, keep_body) && SET(CURLOPT_WRITEDATA, x) &&
           SET(CURLOPT_ERRORBUFFER, x->why) && SET(CURLOPT_PRIVATE, x);
}

static bool set_message(struct exchange *x, const struct rs_outbound_message *m, const char *url)
{
    return add_headers(x, m) && SET(CURLOPT_URL, url) && SET(CURLOPT_HTTPHEADER, x->headers) &&
           SET(CURLOPT_USERAGENT, "runestone/" RS_VERSION) && SET(CURLOPT_POST, 1L) &&
           SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)m->body.n) &&
           SET(CURLOPT_COPYPOSTFIELDS, m->body.p);
}

static enum rs_code new_exchange(struct rs_cx *cx, const struct rs_outbound_policy *policy,
                                 const struct rs_outbound_message *m, struct exchange **out)
{
    struct exchange *x = calloc(1, sizeof *x);

    ensure_library();
    if (x != NULL) {
        x->policy = policy;
        x->easy = curl_easy_init();
    }
    if (x == NULL || x->easy == NULL || !set_limits(x) ||
        !set_message(x, m, rs_arena_str(cx->arena, m->url).p)) {
        if (x != NULL) {
            free_exchange(x);
        }
        return rs_fail(cx, RS_UNAVAILABLE, "could not begin to send to " RS_FMT, RS_ARG(m->url));
    }
    *out = x;
    return RS_OK;
}

/* An answer that was cut off because it was long is an answer. */
static void read_answer(const struct exchange *x, CURLcode code, struct rs_outbound_answer *a)
{
    curl_off_t retry_after = 0;
    curl_off_t took_us = 0;
    long status = 0;

    curl_easy_getinfo(x->easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(x->easy, CURLINFO_RETRY_AFTER, &retry_after);
    curl_easy_getinfo(x->easy, CURLINFO_TOTAL_TIME_T, &took_us);
    *a = (struct rs_outbound_answer){.took_ms = took_us / 1000, .n = x->n};
    memcpy(a->body, x->body, x->n);
    if (code == CURLE_OK || (code == CURLE_WRITE_ERROR && x->seen > ANSWER_MAX)) {
        a->status = (int)status;
        a->retry_after = retry_after;
        return;
    }
    snprintf(a->why, sizeof a->why, "%s",
             x->is_refused       ? "the host has an address that is not public"
             : x->why[0] != '\0' ? x->why
                                 : curl_easy_strerror(code));
}

enum rs_code rs_outbound_open(struct rs_cx *cx, const struct rs_outbound_policy *policy,
                              struct rs_outbound **out)
{
    struct rs_outbound *ob = calloc(1, sizeof *ob);

    ensure_library();
    if (ob != NULL) {
        ob->policy = *policy;
        ob->multi = curl_multi_init();
    }
    if (ob == NULL || ob->multi == NULL) {
        free(ob);
        return rs_fail(cx, RS_UNAVAILABLE, "could not start to send webhooks: out of memory");
    }
    *out = ob;
    return RS_OK;
}

static void end_exchange(struct rs_outbound *ob, struct exchange *x)
{
    *x->link = x->next;
    if (x->next != NULL) {
        x->next->link = x->link;
    }
    ob->n--;
    curl_multi_remove_handle(ob->multi, x->easy);
    free_exchange(x);
}

void rs_outbound_close(struct rs_outbound *ob)
{
    if (ob == NULL) {
        return;
    }
    for (struct exchange *x = ob->first, *next; x != NULL; x = next) {
        next = x->next;
        end_exchange(ob, x);
    }
    curl_multi_cleanup(ob->multi);
    free(ob);
}

enum rs_code rs_outbound_start(struct rs_cx *cx, struct rs_outbound *ob,
                               const struct rs_outbound_message *message, void *user)
{
    struct exchange *x = NULL;

    RS_TRY(new_exchange(cx, &ob->policy, message, &x));
    x->user = user;
    if (curl_multi_add_handle(ob->multi, x->easy) != CURLM_OK) {
        free_exchange(x);
        return rs_fail(cx, RS_UNAVAILABLE, "could not begin to send to " RS_FMT,
                       RS_ARG(message->url));
    }
    x->next = ob->first;
    x->link = &ob->first;
    if (x->next != NULL) {
        x->next->link = &x->next;
    }
    ob->first = x;
    ob->n++;
    return RS_OK;
}

void rs_outbound_wait(struct rs_outbound *ob, int ms)
{
    int running = 0;

    curl_multi_perform(ob->multi, &running);
    if (running < ob->n) {
        return; /* one has ended at once: there is nothing to wait for */
    }
    curl_multi_poll(ob->multi, NULL, 0, ms, NULL);
    curl_multi_perform(ob->multi, &running);
}

void rs_outbound_wake(struct rs_outbound *ob)
{
    curl_multi_wakeup(ob->multi);
}

void *rs_outbound_take(struct rs_outbound *ob, struct rs_outbound_answer *answer)
{
    int left = 0;
    const CURLMsg *m = curl_multi_info_read(ob->multi, &left);
    struct exchange *x = NULL;

    if (m == NULL) {
        return NULL;
    }
    const CURLcode code = m->data.result; /* m goes with the handle */
    curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &x);
    void *user = x->user;
    read_answer(x, code, answer);
    end_exchange(ob, x);
    return user;
}

enum rs_code rs_outbound_call(struct rs_cx *cx, const struct rs_outbound_policy *policy,
                              const struct rs_outbound_message *message,
                              struct rs_outbound_answer *answer)
{
    struct exchange *x = NULL;

    RS_TRY(new_exchange(cx, policy, message, &x));
    read_answer(x, curl_easy_perform(x->easy), answer);
    free_exchange(x);
    return RS_OK;
}

/* One part of a URL, "" when there is none; cx's. */
static struct rs_str part_of(struct rs_cx *cx, CURLU *u, CURLUPart part)
{
    char *text = NULL;
    struct rs_str out = RS_STR("");

    if (curl_url_get(u, part, &text, 0) == CURLUE_OK) {
        out = rs_arena_str(cx->arena, rs_str_of(text));
    }
    curl_free(text);
    return out;
}

static void free_url(void *u)
{
    curl_url_cleanup(u);
}

/* A host as the resolver wants it: without brackets, and without the dot at the end. */
static struct rs_str host_name(struct rs_cx *cx, struct rs_str host)
{
    if (host.n > 2 && host.p[0] == '[') {
        host = (struct rs_str){host.p + 1, host.n - 2};
    }
    if (host.n > 1 && host.p[host.n - 1] == '.') {
        host.n--;
    }
    return rs_arena_str(cx->arena, host);
}

/* "localhost" and what is below it are this host, whatever the resolver knows (RFC 6761). */
static bool is_localhost(struct rs_str name)
{
    static const struct rs_str local = RS_STR_INIT("localhost");

    return name.n >= local.n && rs_str_eq_nocase(rs_str_from(name, name.n - local.n), local) &&
           (name.n == local.n || name.p[name.n - local.n - 1] == '.');
}

/* Whether all addresses that a host has now are public; a name without any passes. */
static enum rs_code check_host(struct rs_cx *cx, struct rs_str host)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    const struct rs_str name = host_name(cx, host);
    struct addrinfo *all = NULL;
    bool is_public = !is_localhost(name);

    if (is_public && getaddrinfo(name.p, NULL, &hints, &all) != 0) {
        return RS_OK;
    }
    for (const struct addrinfo *a = all; a != NULL; a = a->ai_next) {
        is_public = is_public && rs_address_is_public(a->ai_addr);
    }
    if (all != NULL) {
        freeaddrinfo(all);
    }
    if (is_public) {
        return RS_OK;
    }
    return rs_fail(cx, RS_INVALID,
                   "Invalid webhook URL: the host '" RS_FMT "' has an address that is not public. "
                   "Use a public host, or let the server be started with --webhook-allow-private.",
                   RS_ARG(host));
}

enum rs_code rs_outbound_check(struct rs_cx *cx, const struct rs_outbound_policy *policy,
                               struct rs_str url)
{
    const char *text = rs_arena_str(cx->arena, url).p;
    CURLU *u = curl_url();

    ensure_library();
    if (u == NULL) {
        return rs_fail(cx, RS_UNAVAILABLE, "could not read a URL: out of memory");
    }
    rs_arena_defer(cx->arena, free_url, u);
    if (memchr(url.p, '\0', url.n) != NULL ||
        curl_url_set(u, CURLUPART_URL, text, CURLU_NON_SUPPORT_SCHEME) != CURLUE_OK) {
        return rs_fail(cx, RS_INVALID, "Invalid webhook URL '" RS_FMT "': it is none.",
                       RS_ARG(url));
    }
    const struct rs_str scheme = part_of(cx, u, CURLUPART_SCHEME);
    if (!rs_str_is(scheme, "https") && !(policy->allow_plain && rs_str_is(scheme, "http"))) {
        return rs_fail(cx, RS_INVALID,
                       "Invalid webhook URL scheme: '" RS_FMT "'. Allowed schemes are: %s.",
                       RS_ARG(scheme), policy->allow_plain ? "https, http" : "https");
    }
    if (part_of(cx, u, CURLUPART_USER).n > 0 || part_of(cx, u, CURLUPART_PASSWORD).n > 0) {
        return rs_fail(cx, RS_INVALID,
                       "Invalid webhook URL: it has a user or a password in it. Use the secret of "
                       "the webhook to prove who sends.");
    }
    const struct rs_str host = part_of(cx, u, CURLUPART_HOST);
    /* curl finds a host behind three slashes, too; others do not. */
    if (host.n == 0 || rs_uri_split(url).authority.n == 0) {
        return rs_fail(cx, RS_INVALID, "Webhook URL must include a hostname: '" RS_FMT "'",
                       RS_ARG(url));
    }
    return policy->allow_private ? RS_OK : check_host(cx, host);
}
