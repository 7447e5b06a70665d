/* SPDX-License-Identifier: MIT */
#include "code/fingerprint.h"

#include <stdlib.h>
#include <string.h>

#include "code/branch.h"
#include "code/eh_frame.h"
#include "code/imports.h"
#include "core/elf_symbols.h"

#define CODE_MAX     (UINT64_C(64) << 10)
#define REGIONS_MAX  8 /* the function, and what the compiler moved away from it */
#define LEVELS       3 /* the function, and twice what those call that do too little */
#define UNNAMED_MAX  8 /* in one level of calls; a function with more is not known by them */
#define POINTS_MAX   512
#define FEATURES_MAX 1024
#define RSP          4
#define TEXT_MINIMUM 4
#define TEXT_MAX     100 /* of a longer one the begin counts */

/* An address that the code names. */
struct point {
    enum { POINT_CODE, POINT_SLOT, POINT_TEXT, POINT_FIELD } kind;
    uint64_t address; /* POINT_FIELD: distance from the begin of its struct */
};

struct print {
    const struct memory *memory;
    struct module *module;
    uint64_t regions[REGIONS_MAX];
    size_t region_count;
    struct point points[POINTS_MAX];
    size_t point_count;
    uint64_t features[FEATURES_MAX];
    size_t feature_count;
    uint64_t unnamed[UNNAMED_MAX]; /* functions without a name that it calls */
    size_t unnamed_count;
    unsigned level;  /* of the function that is read: 0 is the one that is asked for, 1 what it calls */
    bool is_unknown; /* too large, or not code */
};

static void add_point(struct print *print, int kind, uint64_t address)
{
    for (size_t i = 0; i < print->point_count; i++)
        if (print->points[i].address == address &&
            (print->points[i].kind == POINT_FIELD) == (kind == POINT_FIELD))
            return;
    if (print->point_count == POINTS_MAX)
        print->is_unknown = true;
    else
        print->points[print->point_count++] = (struct point){kind, address};
}

static void add_region(struct print *print, uint64_t start)
{
    for (size_t i = 0; i < print->region_count; i++)
        if (print->regions[i] == start)
            return;
    if (print->region_count < REGIONS_MAX)
        print->regions[print->region_count++] = start;
}

/* A branch out of the procedure. A conditional one leads to a part of the same function: compilers make no conditional
 * calls, but move away what seldom runs. */
static void add_branch(struct print *print, enum branch branch, uint64_t target)
{
    struct eh_procedure part;
    struct import_name name;
    const bool is_part = branch != BRANCH_CALL && !imports_stub(print->memory, target, &name) &&
                         eh_frame_find(print->memory, print->module, target, &part) == 0 &&
                         (branch == BRANCH_CONDITIONAL || part.start != target);
    if (is_part)
        add_region(print, part.start);
    else
        add_point(print, POINT_CODE, target);
}

/* lea ...(%rip), or a number that may be an address in a program that is not moved. */
static void add_operand(struct print *print, const struct instruction *insn, const uint8_t *end,
                        uint64_t next)
{
    uint32_t number;
    if (insn->has_modrm && insn->mod != 3 && !insn->is_relative && insn->base != RSP &&
        insn->base != INSTRUCTION_NO_REGISTER)
        add_point(print, POINT_FIELD, insn->displacement);
    if (!insn->map && insn->is_relative && insn->opcode == 0x8d)
        add_point(print, POINT_TEXT, next + insn->displacement);
    if (!insn->map && insn->is_relative && insn->opcode == 0xff && (insn->reg & 7) >= 2 &&
        (insn->reg & 7) <= 5)
        add_point(print, POINT_SLOT, next + insn->displacement);
    if (insn->map || (insn->opcode & 0xf8) != 0xb8 || insn->is_wide || insn->is_short)
        return;
    memcpy(&number, end - sizeof number, sizeof number);
    if (number >= print->module->base && number < print->module->end)
        add_point(print, POINT_TEXT, number);
}

static void read_region(struct print *print, uint64_t start)
{
    struct eh_procedure procedure;
    struct eh_bytes bytes;
    struct instruction insn;
    uint64_t target;
    print->is_unknown = true;
    if (eh_frame_find(print->memory, print->module, start, &procedure) < 0 || procedure.start != start ||
        procedure.end - start > CODE_MAX || !eh_bytes_at(print->memory, start, &bytes) ||
        (uint64_t)(bytes.end - bytes.at) < procedure.end - start)
        return;
    const size_t size = procedure.end - start;
    print->is_unknown = false;
    for (size_t at = 0; at < size && !print->is_unknown; at += insn.length) {
        if (!instruction_decode(bytes.at + at, size - at, &insn)) {
            print->is_unknown = true;
            return;
        }
        const enum branch branch = branch_read(&insn, bytes.at + at, start + at, &target);
        if (branch != BRANCH_NONE && target - start >= size)
            add_branch(print, branch, target);
        else if (branch == BRANCH_NONE)
            add_operand(print, &insn, bytes.at + at + insn.length, start + at + insn.length);
    }
}

static void add_feature(struct print *print, unsigned kind, const char *text, size_t size)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325) ^ (kind | print->level << 8); /* FNV-1a */
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ (uint8_t)text[i]) * UINT64_C(0x100000001b3);
    if (print->feature_count == FEATURES_MAX)
        print->is_unknown = true;
    else
        print->features[print->feature_count++] = hash;
}

/* Before glibc 2.33 fstat was __fxstat, and so on. */
static bool is_versioned_stat(const char *name, size_t size)
{
    return size >= 7 && memcmp(name, "__", 2) == 0 &&
           (memcmp(name + 2, "xstat", 5) == 0 ||
            (size >= 8 && (name[2] == 'f' || name[2] == 'l') && memcmp(name + 3, "xstat", 5) == 0));
}

void fingerprint_plain_name(const char *name, size_t size, char out[FINGERPRINT_NAME])
{
    static const char chk[] = "_chk";
    const size_t suffix = sizeof chk - 1, isoc = strlen("__isoc23_");
    size_t used = 0;
    if (size > isoc && memcmp(name, "__isoc", 6) == 0 && name[isoc - 1] == '_') {
        name += isoc;
        size -= isoc;
    } else if (size > suffix + 2 && memcmp(name, "__", 2) == 0 &&
               memcmp(name + size - suffix, chk, suffix) == 0) {
        name += 2;
        size -= suffix + 2;
    }
    const bool is_stat = is_versioned_stat(name, size);
    for (size_t i = is_stat ? 2 : 0; i < size && used < FINGERPRINT_NAME - 1; i++)
        if (!is_stat || i > 3 || name[i] != 'x')
            out[used++] = name[i];
    out[used] = '\0';
}

static void add_call(struct print *print, const char *name, size_t size)
{
    static const char protector[] = "__stack_chk_fail"; /* an option of the compiler */
    if (size == sizeof protector - 1 && memcmp(name, protector, size) == 0)
        return;
    char plain[FINGERPRINT_NAME];
    fingerprint_plain_name(name, size, plain);
    add_feature(print, 'c', plain, strlen(plain));
}

/* Whether the module's file has a constant there; a variable's text is an accident. */
static bool is_constant(const struct module *module, uint64_t address)
{
    for (size_t i = 0; i < module->view.program_count; i++) {
        const Elf64_Phdr *program = &module->view.programs[i];
        if (program->p_type == PT_LOAD && address - module->view.bias - program->p_vaddr < program->p_filesz)
            return !(program->p_flags & PF_W);
    }
    return false;
}

static void add_text(struct print *print, uint64_t address)
{
    struct eh_bytes bytes;
    size_t size = 0;
    if (!is_constant(print->module, address) || !eh_bytes_at(print->memory, address, &bytes))
        return;
    const size_t known = (size_t)(bytes.end - bytes.at);
    while (size < known && size < TEXT_MAX && bytes.at[size]) {
        const uint8_t letter = bytes.at[size++];
        if ((letter < ' ' && letter != '\n' && letter != '\t' && letter != '\r' && letter != 0x1b) ||
            letter > '~')
            return;
    }
    if (size >= TEXT_MINIMUM && size < known)
        add_feature(print, 's', (const char *)bytes.at, size);
}

static int compare_queries(const void *left, const void *right)
{
    const uint64_t a = ((const struct symbol_query *)left)->address;
    const uint64_t b = ((const struct symbol_query *)right)->address;
    return (a > b) - (a < b);
}

static void name_functions(struct print *print, struct symbol_query *queries, size_t count)
{
    if (!count)
        return;
    qsort(queries, count, sizeof queries[0], compare_queries);
    elf_symbols_resolve(print->memory->core, print->module, queries, count);
    for (size_t i = 0; i < count; i++) {
        if (queries[i].name && queries[i].start == queries[i].address)
            add_call(print, queries[i].name, queries[i].name_size);
        else if (print->unnamed_count++ < UNNAMED_MAX)
            print->unnamed[print->unnamed_count - 1] = queries[i].address + print->module->view.bias;
    }
}

static void name_points(struct print *print)
{
    struct symbol_query queries[POINTS_MAX];
    struct import_name name;
    size_t count = 0;
    uint64_t value;
    const uint64_t bias = print->module->view.bias;
    for (size_t i = 0; i < print->point_count; i++) {
        const struct point *point = &print->points[i];
        if (point->kind == POINT_FIELD)
            continue;
        if (point->kind == POINT_TEXT)
            add_text(print, point->address);
        else if (point->kind == POINT_CODE && !imports_stub(print->memory, point->address, &name))
            queries[count++] = (struct symbol_query){.address = point->address - bias};
        else if (point->kind == POINT_CODE ||
                 (imports_at(print->module, point->address, &name, &value) && name.text))
            add_call(print, name.text, name.size);
    }
    name_functions(print, queries, count);
}

static int compare_features(const void *left, const void *right)
{
    const uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

/* Sorts the features; each stays once. */
static void tidy_features(struct print *print)
{
    size_t count = 0;
    qsort(print->features, print->feature_count, sizeof print->features[0], compare_features);
    for (size_t i = 0; i < print->feature_count; i++)
        if (!count || print->features[i] != print->features[count - 1])
            print->features[count++] = print->features[i];
    print->feature_count = count;
}

/* Reads a function. A part that cannot be read counts as empty, the function itself does not. */
static bool read_function(struct print *print, uint64_t entry)
{
    print->region_count = print->point_count = 0;
    add_region(print, entry);
    for (size_t i = 0; i < print->region_count; i++) {
        read_region(print, print->regions[i]);
        if (print->is_unknown)
            return false;
    }
    name_points(print);
    return true;
}

/* Many functions that do little call the same: the fields that they use tell them from each other. */
static void add_fields(struct print *print, const uint64_t *fields, size_t count)
{
    for (size_t i = 0; i < count; i++)
        add_feature(print, 'f', (const char *)&fields[i], sizeof fields[i]);
    tidy_features(print);
}

static size_t find_fields(const struct print *print, uint64_t fields[POINTS_MAX])
{
    size_t count = 0;
    for (size_t i = 0; i < print->point_count; i++)
        if (print->points[i].kind == POINT_FIELD)
            fields[count++] = print->points[i].address;
    return count;
}

uint32_t fingerprint_of(const struct memory *memory, uint64_t entry)
{
    struct print print = {.memory = memory, .module = modules_find(memory->modules, entry)};
    uint64_t hash = 0, fields[POINTS_MAX];
    if (!print.module || !read_function(&print, entry))
        return 0;
    tidy_features(&print);
    const bool is_little = print.feature_count < FINGERPRINT_MINIMUM;
    const size_t field_count = is_little ? find_fields(&print, fields) : 0;
    for (print.level = 1; print.level < LEVELS && print.feature_count < FINGERPRINT_MINIMUM; print.level++) {
        uint64_t called[UNNAMED_MAX];
        const size_t count = print.unnamed_count;
        if (count > UNNAMED_MAX)
            return 0;
        memcpy(called, print.unnamed, sizeof called);
        print.unnamed_count = 0;
        for (size_t i = 0; i < count; i++)
            if (!read_function(&print, called[i]))
                return 0;
        tidy_features(&print);
    }
    if (print.feature_count < FINGERPRINT_MINIMUM)
        return 0;
    add_fields(&print, fields, field_count);
    for (size_t i = 0; i < print.feature_count; i++) {
        hash = (hash ^ print.features[i]) * UINT64_C(0x9e3779b97f4a7c15);
        hash ^= hash >> 29;
    }
    const uint32_t result = (uint32_t)(hash >> 32) ^ (uint32_t)hash;
    return result ? result : 1;
}
