/* SPDX-License-Identifier: Apache-2.0 */
/* What a name in a filter or an order means: the entity, and its attribute or key. May be included
 * by model only. */
#ifndef RS_MODEL_FILTER_TERM_H
#define RS_MODEL_FILTER_TERM_H

#include "model/filter.h"

struct rs_term {
    enum rs_entity entity;
    enum rs_attr attr;
    struct rs_str key; /* as the client wrote it, without its quotes; of attributes too */
    bool is_number;    /* of attributes: a whole number of ms, or an id */
    bool takes_list;   /* IN and NOT IN apply */
};

/* Reads a name such as "tags.`a b`" for a filter. RS_INVALID with MLflow's words on an unknown
 * entity or attribute. */
enum rs_code rs_term_parse(struct rs_cx *cx, enum rs_search search, struct rs_str name,
                           struct rs_term *out);

/* Likewise for an order, which knows fewer attributes. */
enum rs_code rs_term_parse_order(struct rs_cx *cx, enum rs_search search, struct rs_str name,
                                 struct rs_term *out);

/* The attribute of this name; RS_ATTR_NONE when there is none. */
enum rs_attr rs_attr_find(enum rs_search search, struct rs_str name);

/* Whether it is one of the registry's two. */
static inline bool rs_search_is_registry(enum rs_search search)
{
    return search == RS_SEARCH_REGISTERED_MODELS || search == RS_SEARCH_MODEL_VERSIONS;
}

/* Whether s starts and ends with this quote. */
bool rs_is_quoted(struct rs_str s, char quote);

/* s without its first and last byte, which are quotes. */
static inline struct rs_str rs_unquoted(struct rs_str s)
{
    return (struct rs_str){s.p + 1, s.n - 2};
}

/* s without any of c at both ends. */
struct rs_str rs_stripped(struct rs_str s, char c);

#endif
