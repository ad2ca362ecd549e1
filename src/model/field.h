/* SPDX-License-Identifier: Apache-2.0 */
/* Entities and messages described once: a table of fields that the JSON decoder and encoder, query
 * arguments, generated docs and the fuzz dictionary read. May be included by model, service, api
 * and server.
 *
 *     const struct rs_fields rs_param_fields = RS_FIELDS(struct rs_param,
 *         RS_FIELD(struct rs_param, key, RS_REQUIRED),
 *         RS_FIELD(struct rs_param, value, 0));
 *
 * A field's name on the wire is the member's name; the lowerCamelCase spelling is derived from it.
 */
#ifndef RS_MODEL_FIELD_H
#define RS_MODEL_FIELD_H

#include "base/str.h"

/* Scalars that know whether they were there. */
struct rs_opt_i64 {
    int64_t v;
    bool is_set;
};
struct rs_opt_f64 {
    double v;
    bool is_set;
};
struct rs_opt_bool {
    bool v;
    bool is_set;
};
/* The number of a name in the field's enum table; is_set is false also when the name is in no
 * table. */
struct rs_opt_enum {
    int v;
    bool is_set;
};

/* Arrays, in the arena of the request. */
struct rs_strs {
    struct rs_str *p;
    size_t n;
};
/* An array of messages of the field's own table. */
struct rs_list {
    void *p;
    size_t n;
};
/* One message of the field's own table; NULL: absent. */
struct rs_sub {
    void *p;
};

#define RS_SOME_I64(x) ((struct rs_opt_i64){(x), true})
#define RS_SOME_ENUM(x) ((struct rs_opt_enum){(int)(x), true})
#define RS_SOME_BOOL(x) ((struct rs_opt_bool){(x), true})
#define RS_SUB(ptr) ((struct rs_sub){(ptr)})
#define RS_LIST(ptr, count) ((struct rs_list){(ptr), (count)})

enum rs_kind {
    RS_KIND_STR,  /* struct rs_str: absent is p == NULL */
    RS_KIND_I64,  /* int64_t: always there; decoding an absent one gives 0 */
    RS_KIND_F64,  /* double: likewise */
    RS_KIND_BOOL, /* bool: likewise */
    RS_KIND_OPT_I64,
    RS_KIND_OPT_F64,
    RS_KIND_OPT_BOOL,
    RS_KIND_OPT_ENUM,
    RS_KIND_STRS,
    RS_KIND_LIST,
    RS_KIND_SUB,
    RS_KIND_LITERAL, /* encoded only: name and value stand in the table, the struct holds nothing */
};

enum rs_field_flag {
    RS_REQUIRED = 1,  /* a request without it, or with "" in it, is refused */
    RS_I64_TEXT = 2,  /* encoded as a decimal string */
    RS_EMPTY_TOO = 4, /* an empty list is encoded as [] rather than left out */
    RS_OR_NEXT = 16,  /* of a body: required, unless the next field is there; in snake_case, as
                         MLflow has it */
    RS_VERBATIM = 32, /* of a string: encoded as it stands, which is a value of the wire already */
    RS_ALWAYS = 64,   /* an absent string is encoded as "", an absent number as 0 */
    RS_FINITE = 128,  /* of a double: NaN is encoded as null, an infinity as the greatest number */
    RS_INT32 = 8,     /* decoding refuses what does not fit 32 bits, as protobuf does */
};

/* Names of an enum's numbers on the wire; ended by a NULL name. */
struct rs_enum_name {
    const char *name;
    int v;
};

struct rs_fields;

struct rs_field {
    struct rs_str name;
    struct rs_str wire; /* as it stands in an object behind another field: `,"name":` */
    enum rs_kind kind;
    unsigned flags;
    size_t offset;
    const struct rs_fields *sub;      /* of RS_KIND_LIST and RS_KIND_SUB */
    const struct rs_enum_name *names; /* of RS_KIND_OPT_ENUM */
};

/* The first fields of a message as they stood on the wire in an earlier reply, kept by whoever
 * reads the messages. */
struct rs_kept {
    struct rs_str text; /* absent: not yet; else these fields of the struct are absent */
    /* Takes the text, which is borrowed, for replies to come, if it will. */
    void (*keep)(struct rs_kept *kept, struct rs_str text);
};

struct rs_fields {
    size_t size; /* of the struct */
    size_t n;
    const struct rs_field *field;
    size_t n_kept; /* the first ones, whose text may be kept; 0: of most messages none is */
    size_t kept;   /* offset of the struct rs_kept *, which may be NULL */
};

/* clang-format off: version 14 takes the associations of _Generic for labels. */
#define RS_KIND_OF(member)                                                                         \
    _Generic((member), struct rs_str                                                               \
             : RS_KIND_STR, int64_t                                                                \
             : RS_KIND_I64, double                                                                 \
             : RS_KIND_F64, bool                                                                   \
             : RS_KIND_BOOL, struct rs_opt_i64                                                     \
             : RS_KIND_OPT_I64, struct rs_opt_f64                                                  \
             : RS_KIND_OPT_F64, struct rs_opt_bool                                                 \
             : RS_KIND_OPT_BOOL, struct rs_opt_enum                                                \
             : RS_KIND_OPT_ENUM, struct rs_strs                                                    \
             : RS_KIND_STRS, struct rs_list                                                        \
             : RS_KIND_LIST, struct rs_sub                                                         \
             : RS_KIND_SUB)
/* clang-format on */

#define RS_FIELD_AS(type, member, flag_bits, sub_fields, enum_names)                               \
    {                                                                                              \
        .name = RS_STR_INIT(#member), .wire = RS_STR_INIT(",\"" #member "\":"),                    \
        .kind = RS_KIND_OF(((type *)0)->member), .flags = (flag_bits),                             \
        .offset = offsetof(type, member), .sub = (sub_fields), .names = (enum_names)               \
    }
/* A field that has another name on the wire than its member. */
#define RS_FIELD_NAMED(type, member, wire_name, flag_bits, sub_fields, enum_names)                 \
    {                                                                                              \
        .name = RS_STR_INIT(wire_name), .wire = RS_STR_INIT(",\"" wire_name "\":"),                \
        .kind = RS_KIND_OF(((type *)0)->member), .flags = (flag_bits),                             \
        .offset = offsetof(type, member), .sub = (sub_fields), .names = (enum_names)               \
    }
/* A field that is the same in every message of its kind: `text` is its value as encoded. */
#define RS_FIELD_LITERAL(wire_name, text)                                                          \
    {                                                                                              \
        .name = RS_STR_INIT(wire_name), .wire = RS_STR_INIT(",\"" wire_name "\":" text),           \
        .kind = RS_KIND_LITERAL                                                                    \
    }
#define RS_FIELD(type, member, flag_bits) RS_FIELD_AS(type, member, flag_bits, NULL, NULL)
#define RS_FIELD_OF(type, member, flag_bits, sub_fields)                                           \
    RS_FIELD_AS(type, member, flag_bits, sub_fields, NULL)
#define RS_FIELD_ENUM(type, member, flag_bits, enum_names)                                         \
    RS_FIELD_AS(type, member, flag_bits, NULL, enum_names)

#define RS_FIELDS(type, ...)                                                                       \
    {                                                                                              \
        .size = sizeof(type),                                                                      \
        .n = sizeof((const struct rs_field[]){__VA_ARGS__}) / sizeof(struct rs_field),             \
        .field = (const struct rs_field[])                                                         \
        {                                                                                          \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }

/* The same where the text of the first `first` fields may be kept in the member `kept_in`. */
#define RS_FIELDS_KEPT(type, first, kept_in, ...)                                                  \
    {                                                                                              \
        .size = sizeof(type),                                                                      \
        .n = sizeof((const struct rs_field[]){__VA_ARGS__}) / sizeof(struct rs_field),             \
        .field = (const struct rs_field[]){__VA_ARGS__}, .n_kept = (first),                        \
        .kept = offsetof(type, kept_in)                                                            \
    }

/* The name of number v, or NULL. */
const char *rs_enum_name(const struct rs_enum_name *names, int v);

/* The number of a name; false when there is none such. */
bool rs_enum_value(const struct rs_enum_name *names, struct rs_str name, int *v);

#endif
