/* SPDX-License-Identifier: Apache-2.0 */
/* The tokens of the filter language. May be included by model only.
 *
 * MLflow's tokeniser is a general one for SQL; this one knows what filters need, and makes of the
 * rest tokens that no clause takes. Quotes follow SQL there: '' and \' stay inside a text, but
 * nothing is taken out of it. */
#ifndef RS_MODEL_FILTER_LEX_H
#define RS_MODEL_FILTER_LEX_H

#include "base/arena.h"

enum rs_token_kind {
    RS_TOKEN_END,
    RS_TOKEN_NAME,    /* a word, "quoted", `quoted`, or such ones joined by dots: params."a b",
                         tags.mlflow.user */
    RS_TOKEN_STRING,  /* 'quoted' */
    RS_TOKEN_INTEGER, /* -7 */
    RS_TOKEN_FLOAT,   /* -0.5, 1e-3, .5, 1. */
    RS_TOKEN_PARENS,  /* all of it, from ( to its ) */
    RS_TOKEN_SIGNS,   /* a run of < > = ~ ! */
    RS_TOKEN_OTHER,   /* one character that starts nothing */
};

enum { RS_TOKENS_MAX = 1000 }; /* of one filter; a clause has five at most */

struct rs_token {
    enum rs_token_kind kind;
    struct rs_str text; /* as written, borrowed */
};

/* Cuts text into tokens, the last of which is RS_TOKEN_END; the array is the arena's. False when
 * there are more than RS_TOKENS_MAX. */
bool rs_filter_tokens(struct rs_arena *a, struct rs_str text, const struct rs_token **out);

/* Whether the token is this keyword, in any case. */
bool rs_token_is(const struct rs_token *token, const char *keyword);

#endif
