/* SPDX-License-Identifier: MIT */
/*
 * The entries of CRUMPLE_WATCH: '[!]name=EXPRESSION[:TYPE]', divided by commas. An expression is '[module!]symbol[+offset]', then any of
 * '->member', '.member', '[index]' and '->+0x10' (follow the pointer, then so many bytes), and '*' before it all. The shim warns of wrong
 * ones at its start, the writer reads them after a fault, 'crumple doctor' looks for them in files. Signal-safe.
 */
#ifndef CRUMPLE_SHARE_WATCH_ENTRY_H
#define CRUMPLE_SHARE_WATCH_ENTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WATCH_ENTRIES_MAX  64
#define WATCH_NAME_BYTES   64
#define WATCH_SYMBOL_BYTES 256
#define WATCH_STEPS_MAX    16
#define WATCH_TEXT_MAX     256 /* bytes of a value of type str */

enum watch_type {
    WATCH_UNTOLD = 0, /* debug information is to tell it */
    WATCH_U8,
    WATCH_U16,
    WATCH_U32,
    WATCH_U64,
    WATCH_I8,
    WATCH_I16,
    WATCH_I32,
    WATCH_I64,
    WATCH_F32,
    WATCH_F64,
    WATCH_BOOL,
    WATCH_CHAR,
    WATCH_PTR,
    WATCH_STR, /* a pointer to text, or an array of char */
    WATCH_HEX, /* 8 bytes */
    WATCH_TYPES
};

/* Their names, as messages list them. */
#define WATCH_TYPE_NAMES "u8 u16 u32 u64 i8 i16 i32 i64 f32 f64 bool char ptr str hex"

enum watch_step_kind {
    WATCH_MEMBER,       /* .name */
    WATCH_ARROW,        /* ->name */
    WATCH_ARROW_OFFSET, /* ->+number */
    WATCH_INDEX         /* [number] */
};

struct watch_step {
    enum watch_step_kind kind;
    char name[WATCH_NAME_BYTES];
    int64_t number;
    uint32_t end; /* where it ends in the expression */
};

struct watch_entry {
    const char *text; /* the entry, not ended by NUL; points into the variable */
    size_t size;
    char name[WATCH_NAME_BYTES];
    bool is_secret;         /* '!' before the name */
    const char *expression; /* points into the variable: for messages */
    size_t expression_size;
    unsigned stars;
    char module[WATCH_NAME_BYTES]; /* "": any */
    char symbol[WATCH_SYMBOL_BYTES];
    uint32_t symbol_end; /* where it ends in the expression, with its offset */
    int64_t offset;
    bool has_offset;
    struct watch_step steps[WATCH_STEPS_MAX];
    unsigned step_count;
    enum watch_type type;
};

/**
 * Takes the entry that *text begins with, and sets *text behind it. Returns false at the end of the text. *ret_problem: NULL, or what is
 * wrong with the entry, in constant words; then only its text and size are meant.
 */
bool watch_entry_next(const char **text, struct watch_entry *ret, const char **ret_problem);

/** The name of a type; "" for WATCH_UNTOLD. */
const char *watch_type_name(enum watch_type type);

/** Bytes of a value; 0 for WATCH_UNTOLD and WATCH_STR. */
size_t watch_type_size(enum watch_type type);

#endif
