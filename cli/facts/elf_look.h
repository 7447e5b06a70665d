/* SPDX-License-Identifier: MIT */
/* What a program's file says: symbols, tables, libraries. Foreign bytes: call it where this program has given up its rights. */
#ifndef CRUMPLE_CLI_FACTS_ELF_LOOK_H
#define CRUMPLE_CLI_FACTS_ELF_LOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy_rules.h"

#define ELF_BUILD_ID_BYTES 41 /* 20 bytes as text */
#define ELF_NEEDED_MAX     128
#define ELF_EXAMPLES       3
#define ELF_NAME_BYTES     80

/* What its symbols tell. */
enum elf_sign {
    ELF_SETS_HANDLERS = 1 << 0, /* calls sigaction, signal or the like of another object */
    ELF_BACKTRACES = 1 << 1,    /* calls backtrace(3) */
    ELF_MAKES_THREADS = 1 << 2,
    ELF_ASAN = 1 << 3,
    ELF_TSAN = 1 << 4,
    ELF_MSAN = 1 << 5,
    ELF_UBSAN = 1 << 6,
    ELF_PYTHON = 1 << 7,
    ELF_RUBY = 1 << 8,
    ELF_NODE = 1 << 9,
    ELF_RUST = 1 << 10,
    ELF_BREAKPAD = 1 << 11,
    ELF_CRASHPAD = 1 << 12,
    ELF_SENTRY = 1 << 13,
    ELF_FAILURE_HANDLER = 1 << 14, /* InstallFailureSignalHandler: glog, abseil */
};

/* What a rule of CRUMPLE_RECOVER finds among the program's functions. */
struct elf_match {
    size_t count; /* functions for which this rule is the first that matches */
    char examples[ELF_EXAMPLES][ELF_NAME_BYTES];
};

struct elf_facts {
    bool is_read; /* it is an ELF file that libelf can read */
    char build_id[ELF_BUILD_ID_BYTES];
    bool has_symtab, has_debugdata, has_debug_info;
    unsigned covered_percent; /* of the code, by .eh_frame; at least 1 if there is any */
    unsigned signs;           /* enum elf_sign */
    size_t functions;         /* names of functions in .symtab, or else .dynsym */
    struct elf_match matches[SAFE_RULES_MAX];
    char *needed[ELF_NEEDED_MAX]; /* owned */
    size_t needed_count;
    char *runpath; /* owned, or NULL */
};

/** Reads the file at fd. module: its name, as patterns know it; rules: those of CRUMPLE_RECOVER. Whatever the file is,
 * *ret is filled; the caller clears it. */
void elf_look(int fd, const char *module, const struct safe_rule *rules, size_t rule_count,
              struct elf_facts *ret);

void elf_clear(struct elf_facts *facts);

#endif
