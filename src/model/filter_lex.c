/* SPDX-License-Identifier: Apache-2.0 */
/* Cutting filters into tokens: one pass, one character of lookahead, no allocation but for the
 * array. */
#include "model/filter_lex.h"

#include "model/word.h"

struct lexer {
    struct rs_str s;
    size_t at;
    /* Where the last quote of each kind stands, or s.n: whether a quote can still be closed. */
    size_t last_single, last_double, last_back;
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static char char_at(const struct lexer *l, size_t at)
{
    return at < l->s.n ? l->s.p[at] : '\0';
}

/* The code point at `at`, and where the next one starts; a byte that is no UTF-8 counts alone, as
 * -1. */
static int32_t code_at(const struct lexer *l, size_t at, size_t *next)
{
    size_t to = at;
    const int32_t c = rs_utf8_next(l->s, &to);

    *next = to > at ? to : at + 1;
    return c;
}

/* Python's \s. */
static bool is_blank(int32_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r') || (c >= 0x1C && c <= 0x1F) || c == 0x85 ||
           c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 ||
           c == 0x202F || c == 0x205F || c == 0x3000;
}

static void skip_blanks(struct lexer *l)
{
    size_t next;

    while (l->at < l->s.n && is_blank(code_at(l, l->at, &next))) {
        l->at = next;
    }
}

static size_t last_of(struct rs_str s, char c)
{
    for (size_t i = s.n; i > 0; i--) {
        if (s.p[i - 1] == c) {
            return i - 1;
        }
    }
    return s.n;
}

/* The end of the quoted text that starts at `at`, or 0. A doubled or escaped quote goes on with the
 * text as long as another quote can close it: that is what MLflow's pattern does, by backtracking.
 */
static size_t quoted_end(const struct lexer *l, size_t at)
{
    const char quote = char_at(l, at);
    const size_t last = quote == '\''  ? l->last_single
                        : quote == '"' ? l->last_double
                                       : l->last_back;

    if ((quote != '\'' && quote != '"' && quote != '`') || last == l->s.n) {
        return 0;
    }
    for (size_t i = at + 1; i <= last; i++) {
        const char c = l->s.p[i];
        const bool starts_pair = c == quote || (c == '\\' && quote != '`');

        if (starts_pair && i + 2 <= last && l->s.p[i + 1] == quote) {
            i++;
        } else if (c == quote) {
            return i + 1;
        }
    }
    return 0;
}

static size_t word_end(const struct lexer *l, size_t at)
{
    size_t next;

    while (at < l->s.n && rs_is_word(code_at(l, at, &next))) {
        at = next;
    }
    return at;
}

/* The end of a word or a quoted name; 0 where none starts. Between single quotes only behind a dot.
 */
static size_t part_end(const struct lexer *l, size_t at, bool is_first)
{
    const char c = char_at(l, at);
    const size_t end = word_end(l, at);

    if (end > at) {
        return end;
    }
    return c == '\'' && is_first ? 0 : quoted_end(l, at);
}

/* The end of a name and of the parts joined to it by dots; 0 where none starts. */
static size_t name_end(const struct lexer *l, size_t at)
{
    size_t end = part_end(l, at, true);

    while (end > 0 && char_at(l, end) == '.') {
        const size_t part = part_end(l, end + 1, false);

        if (part == 0) {
            return end + 1;
        }
        end = part;
    }
    return end;
}

static size_t digits_end(const struct lexer *l, size_t at)
{
    while (is_digit(char_at(l, at))) {
        at++;
    }
    return at;
}

/* The end of a number; 0 where none starts, and where a letter follows. */
static size_t number_end(const struct lexer *l, size_t at, enum rs_token_kind *kind)
{
    const size_t start = char_at(l, at) == '-' ? at + 1 : at;
    const size_t whole = digits_end(l, start);
    const size_t point = char_at(l, whole) == '.' ? whole + 1 : whole;
    size_t end = digits_end(l, point);
    size_t next;

    *kind = point > whole ? RS_TOKEN_FLOAT : RS_TOKEN_INTEGER;
    if (whole == start && end == point) {
        return 0;
    }
    if ((char_at(l, end) | 0x20) == 'e' && whole > start && (end > point || point == whole)) {
        const size_t power = char_at(l, end + 1) == '-' ? end + 2 : end + 1;

        if (digits_end(l, power) > power) {
            *kind = RS_TOKEN_FLOAT;
            end = digits_end(l, power);
        }
    }
    return end < l->s.n && rs_is_word(code_at(l, end, &next)) ? 0 : end;
}

/* The end of what stands between parentheses, which may hold others and quoted texts; 0 when they
 * are not closed. */
static size_t parens_end(const struct lexer *l, size_t at)
{
    size_t depth = 0;

    while (at < l->s.n) {
        const size_t quoted = quoted_end(l, at);
        const char c = l->s.p[at];

        depth += c == '(' ? 1 : 0;
        depth -= c == ')' ? 1 : 0;
        at = quoted > 0 ? quoted : at + 1;
        if (depth == 0) {
            return at;
        }
    }
    return 0;
}

static size_t signs_end(const struct lexer *l, size_t at)
{
    while (at < l->s.n && l->s.p[at] != '\0' && strchr("<>=~!", l->s.p[at]) != NULL) {
        at++;
    }
    return at;
}

static struct rs_token token_from(struct lexer *l, enum rs_token_kind kind, size_t end)
{
    const struct rs_token token = {kind, {l->s.p + l->at, end - l->at}};

    l->at = end;
    return token;
}

static struct rs_token next_token(struct lexer *l)
{
    enum rs_token_kind kind;
    size_t end;

    skip_blanks(l);
    if (l->at == l->s.n) {
        return token_from(l, RS_TOKEN_END, l->at);
    }
    if ((end = number_end(l, l->at, &kind)) > 0) {
        return token_from(l, kind, end);
    }
    if ((end = name_end(l, l->at)) > 0) {
        return token_from(l, RS_TOKEN_NAME, end);
    }
    if ((end = quoted_end(l, l->at)) > 0) {
        return token_from(l, RS_TOKEN_STRING, end);
    }
    if (l->s.p[l->at] == '(' && (end = parens_end(l, l->at)) > 0) {
        return token_from(l, RS_TOKEN_PARENS, end);
    }
    if ((end = signs_end(l, l->at)) > l->at) {
        return token_from(l, RS_TOKEN_SIGNS, end);
    }
    (void)code_at(l, l->at, &end);
    return token_from(l, RS_TOKEN_OTHER, end);
}

bool rs_filter_tokens(struct rs_arena *a, struct rs_str text, const struct rs_token **out)
{
    struct lexer l = {
        .s = text,
        .last_single = last_of(text, '\''),
        .last_double = last_of(text, '"'),
        .last_back = last_of(text, '`'),
    };
    size_t cap = 16; /* enough for three clauses */
    struct rs_token *tokens = RS_NEW_N(a, struct rs_token, cap);

    for (size_t n = 0; n <= RS_TOKENS_MAX; n++) {
        if (n == cap) {
            tokens = rs_arena_grow(a, tokens, n, &cap, sizeof *tokens);
        }
        tokens[n] = next_token(&l);
        if (tokens[n].kind == RS_TOKEN_END) {
            *out = tokens;
            return true;
        }
    }
    return false;
}

bool rs_token_is(const struct rs_token *token, const char *keyword)
{
    return token->kind == RS_TOKEN_NAME && rs_str_eq_nocase(token->text, rs_str_of(keyword));
}
