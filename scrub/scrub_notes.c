/* SPDX-License-Identifier: MIT */
/* Which notes keep what: see scrub/scrub.h. */
#include <elf.h>
#include <stddef.h>
#include <string.h>
#include <sys/procfs.h>

#include "crumple_format.h"
#include "scrub_plan.h"

/* In NT_X86_XSTATE: what debuggers need to know of its layout (the kernel's struct _fpx_sw_bytes). */
#define XSTATE_LAYOUT     464
#define XSTATE_LAYOUT_END 512

#define SYSCALLS_MAX 4096 /* orig_rax is the number of a system call, or -1 */

/* Of the kernel's: those that are kept whole. */
static const uint32_t kept_kernel[] = {NT_SIGINFO, NT_AUXV, NT_FILE};

/* Of crumple's. The others have what the program or its clients have written. */
static const uint32_t kept_own[] = {CRUMPLE_NOTE_THREADS,     CRUMPLE_NOTE_MAPS,      CRUMPLE_NOTE_STATUS,
                                    CRUMPLE_NOTE_LIMITS,      CRUMPLE_NOTE_CGROUP,    CRUMPLE_NOTE_ENVIRON,
                                    CRUMPLE_NOTE_SOFT_ERRORS, CRUMPLE_NOTE_UNLOADED,  CRUMPLE_NOTE_GO_BUILD,
                                    CRUMPLE_NOTE_VITALS,      CRUMPLE_NOTE_HELD_LOCKS};

/* Keys of INFO whose values are kept: numbers, names and constants. */
static const char *const kept_keys[] = {
    "format",      "crumple",     "event",    "time_ns",      "mono_ns",    "exe",         "hostname",
    "pid",         "ppid",        "uid",      "gid",          "tid",        "promoted",    "raised_by",
    "sender_name", "stop_ns",     "core_ns",  "stack_bytes",  "stack",      "exit_call",   "exit_status",
    "handler_ns",  "access",      "dump_pid", "dump_uid",     "dump_ns",    "file_offset", "file_bytes",
    "file_free",   "file_system", "end",      "end_status",   "end_signal", "end_core",    "uptime_ms",
    "action",      "decision",    "rule",     "routine_name", "cause",      "frame",       "locks_held",
    "lock",        "sockets_shut"};

static bool is_one_of(uint32_t type, const uint32_t *types, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (types[i] == type)
            return true;
    return false;
}

static void scrub_status(const struct scrub *scrub, uint8_t *content, size_t size)
{
    struct elf_prstatus status;
    struct user_regs_struct registers;
    _Static_assert(sizeof status.pr_reg == sizeof registers, "the kernel's order");

    if (size < sizeof status) {
        memset(content, 0, size);
        return;
    }
    memcpy(&status, content, sizeof status);
    memcpy(&registers, &status.pr_reg, sizeof registers);
    scrub_registers(scrub, &registers);
    memcpy(&status.pr_reg, &registers, sizeof registers);
    memcpy(content, &status, sizeof status);
}

/* The arguments, which are all in one text: the first one stays. */
static void scrub_process(uint8_t *content, size_t size)
{
    struct elf_prpsinfo info;

    if (size < sizeof info) {
        memset(content, 0, size);
        return;
    }
    memcpy(&info, content, sizeof info);
    size_t length = 0;
    while (length < sizeof info.pr_psargs && info.pr_psargs[length] && info.pr_psargs[length] != ' ')
        length++;
    memset(info.pr_psargs + length, 0, sizeof info.pr_psargs - length);
    memcpy(content, &info, sizeof info);
}

static void scrub_kernel(const struct scrub *scrub, uint32_t type, uint8_t *content, size_t size)
{
    if (type == NT_PRSTATUS)
        scrub_status(scrub, content, size);
    else if (type == NT_PRPSINFO)
        scrub_process(content, size);
    else if (type == NT_X86_XSTATE && size >= XSTATE_LAYOUT_END) {
        memset(content, 0, XSTATE_LAYOUT);
        memset(content + XSTATE_LAYOUT_END, 0, size - XSTATE_LAYOUT_END);
    } else if (!is_one_of(type, kept_kernel, sizeof kept_kernel / sizeof kept_kernel[0]))
        memset(content, 0, size);
}

static bool is_kept_key(const uint8_t *line, size_t size)
{
    for (size_t i = 0; i < sizeof kept_keys / sizeof kept_keys[0]; i++)
        if (strlen(kept_keys[i]) == size && memcmp(kept_keys[i], line, size) == 0)
            return true;
    return false;
}

/* Lines 'KEY=VALUE': of others than the kept keys the value becomes blanks. */
static void scrub_info(uint8_t *text, size_t size)
{
    for (size_t at = 0, end; at < size; at = end + 1) {
        const uint8_t *newline = memchr(text + at, '\n', size - at);
        end = newline ? (size_t)(newline - text) : size;
        const uint8_t *equals = memchr(text + at, '=', end - at);
        size_t key = equals ? (size_t)(equals - text) - at : 0;
        if (equals && is_kept_key(text + at, key))
            continue;
        size_t value = equals ? at + key + 1 : at;
        memset(text + value, ' ', end - value);
    }
}

static void scrub_own(uint32_t type, uint8_t *content, size_t size)
{
    if (type == CRUMPLE_NOTE_INFO)
        scrub_info(content, size);
    else if (!is_one_of(type, kept_own, sizeof kept_own / sizeof kept_own[0]))
        memset(content, 0, size);
}

struct note {
    const char *owner; /* not ended by NUL */
    size_t owner_size;
    uint32_t type;
    size_t at, size; /* of its content */
    size_t next;
};

/* The note at that place; false: the rest is none. */
static bool read_note(const uint8_t *notes, size_t size, size_t at, struct note *ret_note)
{
    Elf64_Nhdr header;

    if (at > size || size - at < sizeof header)
        return false;
    memcpy(&header, notes + at, sizeof header);
    at += sizeof header;
    uint64_t name = ((uint64_t)header.n_namesz + 3) & ~UINT64_C(3);
    uint64_t content = ((uint64_t)header.n_descsz + 3) & ~UINT64_C(3);
    if (name > size - at || header.n_descsz > size - at - name)
        return false;
    *ret_note = (struct note){.owner = (const char *)notes + at,
                              .owner_size = header.n_namesz,
                              .type = header.n_type,
                              .at = at + (size_t)name,
                              .size = header.n_descsz};
    ret_note->next = content < size - ret_note->at ? ret_note->at + (size_t)content : size;
    return true;
}

static bool is_of(const struct note *note, const char *owner)
{
    return note->owner_size == strlen(owner) + 1 && memcmp(note->owner, owner, note->owner_size) == 0;
}

void scrub_notes(const struct scrub *scrub, uint8_t *notes, size_t size)
{
    struct note note = {0};
    size_t at = 0;

    for (; read_note(notes, size, at, &note); at = note.next) {
        uint8_t *content = notes + note.at;
        memset(content + note.size, 0, note.next - note.at - note.size);
        if (is_of(&note, CRUMPLE_NOTE_OWNER))
            scrub_own(note.type, content, note.size);
        else if (is_of(&note, "CORE") || is_of(&note, "LINUX"))
            scrub_kernel(scrub, note.type, content, note.size);
        else
            memset(content, 0, note.size);
    }
    if (at < size)
        memset(notes + at, 0, size - at);
}

bool scrub_notes_find(const uint8_t *notes, size_t size, const char *owner, uint32_t type,
                      const uint8_t **ret_bytes, size_t *ret_size)
{
    struct note note = {0};

    for (size_t at = 0; read_note(notes, size, at, &note); at = note.next)
        if (note.type == type && is_of(&note, owner)) {
            *ret_bytes = notes + note.at;
            *ret_size = note.size;
            return true;
        }
    return false;
}

void scrub_registers(const struct scrub *scrub, struct user_regs_struct *registers)
{
    unsigned long long int *const words[] = {
        &registers->rax, &registers->rbx, &registers->rcx, &registers->rdx, &registers->rsi,
        &registers->rdi, &registers->rbp, &registers->r8,  &registers->r9,  &registers->r10,
        &registers->r11, &registers->r12, &registers->r13, &registers->r14, &registers->r15};

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        *words[i] = scrub_word(scrub, *words[i]);
    if (registers->orig_rax >= SYSCALLS_MAX)
        registers->orig_rax = UINT64_MAX;
}
