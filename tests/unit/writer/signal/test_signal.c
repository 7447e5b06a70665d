/* SPDX-License-Identifier: MIT */
/* The class of a fault and the words for it, from the signal, the address space, the registers and the code.
 */
#include <linux/audit.h>
#include <stdio.h>
#include <string.h>

#include "signal/signal.h"
#include "signal/syscall_names.h"
#include "unit.h"

#define PC      0x401000
#define STACK   0x7ffff000 /* lowest address of a stack of 64 KiB, above its guard */
#define GARBAGE UINT64_C(0x4141414141414141)

static const char address_space[] = "00400000-00402000 r-xp 00000000 08:01 1    /usr/bin/server\n"
                                    "00402000-00403000 r--p 00002000 08:01 1    /usr/bin/server\n"
                                    "00500000-00600000 rw-p 00000000 00:00 0    [heap]\n"
                                    "10000000-10001000 rw-s 00000000 08:01 2    /var/lib/data file.bin\n"
                                    "20000000-20001000 ---p 00000000 00:00 0\n"
                                    "30000000-30200000 rw-p 00000000 00:0f 3    /anon_hugepage (deleted)\n"
                                    "7fffe000-7ffff000 ---p 00000000 00:00 0\n"
                                    "7ffff000-8000f000 rw-p 00000000 00:00 0\n"
                                    "7ffc0000000-7ffc0021000 rw-p 00000000 00:00 0    [stack]\n";

struct row {
    const char *name;
    int signal, code;
    uint64_t address;
    struct user_regs_struct registers;
    const char *access;
    struct notes_file file;
    bool is_on_handler_stack;
    const char *code_bytes; /* at PC */
    size_t code_size;
    enum fault_class class;
    const char *cause, *description; /* parts of them */
};

#define TMPFS       0x01021994
#define CODE(bytes) .code_bytes = bytes, .code_size = sizeof bytes - 1
#define AT_PC       .registers.rip = PC
#define LOAD        CODE("\x48\x8b\x07") /* mov (%rdi),%rax */

static const struct row rows[] = {
    /* NULL and its neighbourhood */
    {"null", SIGSEGV, SEGV_MAPERR, 0, .registers.rip = PC, .access = "write", .class = FAULT_NULL,
     .cause = "write to address 0x0 (NULL pointer)", .description = "write through a pointer that is NULL"},
    {"no access told", SIGSEGV, SEGV_MAPERR, 0, .registers.rip = PC, .class = FAULT_NULL,
     .cause = "address 0x0 (NULL pointer)", .description = "access through"},
    {"unknown access", SIGSEGV, SEGV_MAPERR, 0, .registers.rip = PC, .access = "sniff\n", .class = FAULT_NULL,
     .cause = "address 0x0 (NULL pointer)", .description = "access through"},
    {"member of NULL", SIGSEGV, SEGV_MAPERR, 0x18, .registers = {.rip = PC}, .access = "read",
     CODE("\x8b\x47\x18"), .class = FAULT_NULL, .cause = "(offset 0x18 into a NULL pointer)",
     .description = "rdi is 0x0"},
    {"last of NULL", SIGSEGV, SEGV_MAPERR, 0xffff, AT_PC, .class = FAULT_NULL, .cause = "offset 0xffff",
     .description = ""},
    {"beyond NULL", SIGSEGV, SEGV_MAPERR, 0x10000, AT_PC, .class = FAULT_UNMAPPED, .cause = "(not mapped)",
     .description = "nothing is mapped"},
    {"before NULL", SIGSEGV, SEGV_MAPERR, UINT64_MAX - 7, AT_PC, .class = FAULT_NULL,
     .cause = "(offset -0x8 from a NULL pointer)", .description = ""},
    {"MAP_FAILED", SIGSEGV, SEGV_MAPERR, UINT64_MAX, AT_PC, .class = FAULT_NULL, .cause = "MAP_FAILED",
     .description = "mmap"},
    {"jump to NULL", SIGSEGV, SEGV_MAPERR, 0, .registers.rip = 0, .class = FAULT_NULL,
     .cause = "jump to 0x0 (NULL function pointer)", .description = "a NULL function pointer"},
    {"call of a member of NULL", SIGSEGV, SEGV_MAPERR, 8, .registers.rip = 8, .class = FAULT_NULL,
     .cause = "jump to 0x8 (offset 0x8 into a NULL function pointer)", .description = "0x8"},
    /* addresses */
    {"freed", SIGSEGV, SEGV_MAPERR, 0x666000, .registers = {.rip = PC, .rdi = 0x666000}, .access = "read",
     LOAD, .class = FAULT_UNMAPPED, .cause = "read of address 0x666000 (not mapped)",
     .description = "rdi is 0x666000"},
    {"mapped by now", SIGSEGV, SEGV_MAPERR, 0x500010, AT_PC, .class = FAULT_UNMAPPED, .cause = "not mapped",
     .description = "now there is the heap"},
    {"the kernel's", SIGSEGV, SEGV_MAPERR, 0xffff888000000000, AT_PC, .class = FAULT_UNMAPPED,
     .cause = "not mapped", .description = "belongs to the kernel"},
    {"short text", SIGSEGV, SEGV_MAPERR, 0x656d616e2f, AT_PC, .class = FAULT_UNMAPPED, .cause = "not mapped",
     .description = "as text it reads \"/name\""},
    {"freed by jemalloc", SIGSEGV, SI_KERNEL, 0, .registers = {.rip = PC, .rdi = 0x5a5a5a5a5a5a5a5a}, LOAD,
     .class = FAULT_NON_CANONICAL, .cause = "non-canonical", .description = "jemalloc fills freed memory"},
    {"filled", SIGSEGV, SI_KERNEL, 0, .registers = {.rip = PC, .rdi = 0xdddddddddddddddd}, LOAD,
     .class = FAULT_NON_CANONICAL, .cause = "non-canonical", .description = "filled with 0xdd"},
    {"read-only file", SIGSEGV, SEGV_ACCERR, 0x402010, AT_PC, .access = "write", .class = FAULT_READ_ONLY,
     .cause = "write to address 0x402010 (read-only: server)", .description = "server (r--p)"},
    {"protected", SIGSEGV, SEGV_ACCERR, 0x20000010, AT_PC, .access = "read", .class = FAULT_NO_ACCESS,
     .cause = "protected against any access", .description = "anonymous memory (---p)"},
    {"writable by now", SIGSEGV, SEGV_ACCERR, 0x500010, AT_PC, .class = FAULT_NO_ACCESS,
     .cause = "no permission for this access", .description = "the heap (rw-p)"},
    {"refused, gone by now", SIGSEGV, SEGV_ACCERR, 0x666000, AT_PC, .class = FAULT_UNMAPPED,
     .cause = "not mapped", .description = ""},
    {"protection key", SIGSEGV, 4, 0x500010, AT_PC, .access = "write", .class = FAULT_PROTECTION_KEY,
     .cause = "write to address 0x500010 (refused by protection key", .description = "pkey_mprotect"},
    {"shadow stack", SIGSEGV, 10, PC, AT_PC, .class = FAULT_SHADOW_STACK, .cause = "shadow stack",
     .description = "control protection"},
    /* jumps */
    {"jump to the heap", SIGSEGV, SEGV_ACCERR, 0x500010, .registers.rip = 0x500010,
     .class = FAULT_NOT_EXECUTABLE, .cause = "jump to 0x500010 (not executable)",
     .description = "the heap (rw-p)"},
    {"jump to nothing", SIGSEGV, SEGV_MAPERR, 0x666000, .registers.rip = 0x666000,
     .class = FAULT_NOT_EXECUTABLE, .cause = "jump to 0x666000 (not mapped)",
     .description = "nothing is mapped"},
    /* stacks */
    {"guard page", SIGSEGV, SEGV_ACCERR, STACK - 8, .registers = {.rip = PC, .rsp = STACK + 16},
     .access = "write", .class = FAULT_STACK_OVERFLOW, .cause = "stack overflow (64 KiB used up)",
     .description = "all 64 KiB of the stack 0x7ffff000-0x8000f000"},
    {"leap", SIGSEGV, SEGV_ACCERR, STACK - 2048, .registers = {.rip = PC, .rsp = STACK - 2048},
     .class = FAULT_STACK_OVERFLOW, .cause = "stack overflow", .description = "sp 0x7fffe800"},
    {"main thread", SIGSEGV, SEGV_MAPERR, 0x7ffbfffff00, .registers = {.rip = PC, .rsp = 0x7ffbfffff00},
     .class = FAULT_STACK_OVERFLOW, .cause = "stack overflow (132 KiB used up)", .description = ""},
    {"own stack", SIGSEGV, SEGV_ACCERR, STACK - 8,
     .registers = {.rip = PC, .rsp = STACK - 8, .fs_base = 0x8000e700}, .class = FAULT_STACK_OVERFLOW,
     .cause = "stack overflow (64", .description = ""},
    {"alternate stack", SIGSEGV, SEGV_ACCERR, STACK - 8,
     .registers = {.rip = PC, .rsp = STACK - 8, .fs_base = 0x500000}, .class = FAULT_STACK_OVERFLOW,
     .cause = "stack overflow of an alternate stack (64", .description = ""},
    {"in a handler", SIGSEGV, SEGV_ACCERR, STACK - 8, .registers = {.rip = PC, .rsp = STACK - 8},
     .is_on_handler_stack = true, .class = FAULT_STACK_OVERFLOW,
     .cause = "stack overflow in a signal handler", .description = ""},
    {"guard, but the stack is elsewhere", SIGSEGV, SEGV_ACCERR, STACK - 8,
     .registers = {.rip = PC, .rsp = 0x7ffc0020000}, .class = FAULT_NO_ACCESS, .cause = "protected",
     .description = ""},
    /* general protection */
    {"non-canonical base", SIGSEGV, SI_KERNEL, 0, .registers = {.rip = PC, .rdi = GARBAGE}, LOAD,
     .class = FAULT_NON_CANONICAL, .cause = "non-canonical address 0x4141414141414141",
     .description = "rdi is 0x4141414141414141; as text it reads \"AAAAAAAA\""},
    {"non-canonical index", SIGSEGV, SI_KERNEL, 0, .registers = {.rip = PC, .rdi = 8, .rsi = GARBAGE},
     CODE("\x48\x8b\x04\x37"), .class = FAULT_NON_CANONICAL, .cause = "0x4141414141414149",
     .description = "rsi is 0x4141414141414141"},
    {"non-canonical string", SIGSEGV, SI_KERNEL, 0, .registers = {.rip = PC, .rsi = 0x500000, .rdi = GARBAGE},
     CODE("\xf3\xa4"), .class = FAULT_NON_CANONICAL, .cause = "non-canonical address 0x4141414141414141",
     .description = "rdi is"},
    {"no code", SIGSEGV, SI_KERNEL, 0, .registers = {.rip = PC, .rbx = GARBAGE}, .class = FAULT_NON_CANONICAL,
     .cause = "non-canonical address (most likely)", .description = "such as 0x4141414141414141 in rbx"},
    {"jump", SIGSEGV, SI_KERNEL, 0, .registers.rip = GARBAGE, .class = FAULT_NON_CANONICAL,
     .cause = "jump to non-canonical address 0x4141414141414141", .description = "is not a valid address"},
    {"call of a register", SIGSEGV, SI_KERNEL, 0, .registers = {.rip = PC, .rax = GARBAGE}, CODE("\xff\xd0"),
     .class = FAULT_NON_CANONICAL, .cause = "jump to non-canonical address", .description = "rax is"},
    {"return", SIGSEGV, SI_KERNEL, 0, .registers = {.rip = PC, .rsp = STACK}, CODE("\xc3"),
     .class = FAULT_NON_CANONICAL, .cause = "return to non-canonical address 0x4141414141414141",
     .description = "its stack was overwritten"},
    {"stack pointer", SIGBUS, SI_KERNEL, 0, .registers = {.rip = PC, .rsp = GARBAGE}, CODE("\x50"),
     .class = FAULT_NON_CANONICAL, .cause = "non-canonical address", .description = "rsp is"},
    {"movaps", SIGSEGV, SI_KERNEL, 0, .registers = {.rip = PC, .rdi = 0x500001}, CODE("\x0f\x28\x07"),
     .class = FAULT_UNALIGNED, .cause = "unaligned address 0x500001 (the instruction needs a multiple of 16)",
     .description = "rdi is 0x500001"},
    {"movdqa", SIGSEGV, SI_KERNEL, 0, .registers = {.rip = PC, .rdi = 0x500008}, CODE("\x66\x0f\x6f\x07"),
     .class = FAULT_UNALIGNED, .cause = "multiple of 16", .description = ""},
    {"movdqu is never unaligned", SIGSEGV, SI_KERNEL, 0, .registers = {.rip = PC, .rdi = 0x500008},
     CODE("\xf3\x0f\x6f\x07"), .class = FAULT_PROTECTION, .cause = "general protection", .description = ""},
    {"vmovdqa of 32 bytes", SIGSEGV, SI_KERNEL, 0, .registers = {.rip = PC, .rdi = 0x500010},
     CODE("\xc5\xfd\x6f\x07"), .class = FAULT_UNALIGNED, .cause = "multiple of 32", .description = ""},
    {"cmpxchg16b", SIGSEGV, SI_KERNEL, 0, .registers = {.rip = PC, .rdi = 0x500008},
     CODE("\xf0\x48\x0f\xc7\x0f"), .class = FAULT_UNALIGNED, .cause = "multiple of 16", .description = ""},
    {"hlt", SIGSEGV, SI_KERNEL, 0, AT_PC, CODE("\xf4"), .class = FAULT_PRIVILEGED,
     .cause = "privileged instruction (hlt)", .description = "only the kernel"},
    {"wrmsr", SIGSEGV, SI_KERNEL, 0, AT_PC, CODE("\x0f\x30"), .class = FAULT_PRIVILEGED, .cause = "wrmsr",
     .description = ""},
    {"nothing fits", SIGSEGV, SI_KERNEL, 0, AT_PC, CODE("\x90"), .class = FAULT_PROTECTION,
     .cause = "general protection", .description = "does not report the address"},
    /* SIGBUS */
    {"truncated file", SIGBUS, BUS_ADRERR, 0x10000800, AT_PC, .access = "read", .class = FAULT_BEYOND_FILE,
     .file = {true, 0x2000, 0x2000, TMPFS, 0},
     .cause = "read of address 0x10000800 (beyond the end of data file.bin)",
     .description = "/var/lib/data file.bin, at offset 8192 of 8192 bytes: the file was truncated"},
    {"last page of a file", SIGBUS, BUS_ADRERR, 0x10000800, AT_PC, .class = FAULT_FILE_ERROR,
     .file = {true, 0x2001, 0x2800, TMPFS, 4096}, .cause = "(input/output error: data file.bin)",
     .description = "could not be read"},
    {"empty file", SIGBUS, BUS_ADRERR, 0x10000800, AT_PC, .class = FAULT_BEYOND_FILE,
     .file = {.is_known = true}, .cause = "beyond the end", .description = "offset 0 of 0 bytes"},
    {"full file system", SIGBUS, BUS_ADRERR, 0x10000800, AT_PC, .access = "write",
     .class = FAULT_FILE_SYSTEM_FULL, .file = {true, 0x800000, 0x100800, TMPFS, 4095},
     .cause = "(file system full: data file.bin)",
     .description = "at offset 1050624 of 8388608 bytes: no page of the file was there yet"},
    {"file system not known", SIGBUS, BUS_ADRERR, 0x10000800, AT_PC, .class = FAULT_FILE_ERROR,
     .file = {true, 0x800000, 0x100800, 0, 0}, .cause = "input/output error", .description = ""},
    {"no free huge page for a file", SIGBUS, BUS_ADRERR, 0x10000800, AT_PC, .class = FAULT_NO_MEMORY,
     .file = {true, 0x800000, 0, 0x958458f6, 0}, .cause = "no memory", .description = "huge pages"},
    {"file not known", SIGBUS, BUS_ADRERR, 0x10000800, AT_PC, .class = FAULT_NO_PAGE,
     .cause = "(no such page: data file.bin)",
     .description = "the file was truncated, its file system is full, or"},
    {"huge page", SIGBUS, BUS_ADRERR, 0x30000800, AT_PC, .class = FAULT_NO_MEMORY, .cause = "no memory",
     .description = "huge pages"},
    {"no mapping", SIGBUS, BUS_ADRERR, 0x666000, AT_PC, .class = FAULT_NO_MEMORY, .cause = "no memory",
     .description = "nothing is mapped"},
    {"alignment check", SIGBUS, BUS_ADRALN, 0x500001, AT_PC, .class = FAULT_UNALIGNED,
     .cause = "misaligned address", .description = "0x500001"},
    {"alignment check, address not told", SIGBUS, BUS_ADRALN, 0, .registers = {.rip = PC, .rdi = 0x500001},
     LOAD, .class = FAULT_UNALIGNED, .cause = "address 0x500001 (misaligned address)",
     .description = "rdi is"},
    {"memory error", SIGBUS, BUS_MCEERR_AR, 0x500000, AT_PC, .class = FAULT_HARDWARE, .cause = "memory error",
     .description = "hardware"},
    {"object error", SIGBUS, BUS_OBJERR, 0x500000, AT_PC, .class = FAULT_HARDWARE, .cause = "hardware error",
     .description = ""},
    /* instructions */
    {"division", SIGFPE, FPE_INTDIV, PC, .registers = {.rip = PC, .rcx = 0x100000000}, CODE("\xf7\xf9"),
     .class = FAULT_DIVIDE, .cause = "integer division by zero", .description = "at 0x401000"},
    {"smallest by -1", SIGFPE, FPE_INTDIV, PC, .registers = {.rip = PC, .rcx = 0xffffffff}, CODE("\xf7\xf9"),
     .class = FAULT_DIVIDE, .cause = "does not fit", .description = "rcx is 0xffffffff"},
    {"%ah", SIGFPE, FPE_INTDIV, PC, .registers = {.rip = PC, .rax = 0x00ff}, CODE("\xf6\xf4"),
     .class = FAULT_DIVIDE, .cause = "integer division by zero", .description = ""},
    {"unknown divisor", SIGFPE, FPE_INTDIV, PC, AT_PC, .class = FAULT_DIVIDE, .cause = "by zero or overflow",
     .description = ""},
    {"into", SIGFPE, FPE_INTOVF, PC, AT_PC, .class = FAULT_DIVIDE, .cause = "integer overflow",
     .description = ""},
    {"floating", SIGFPE, FPE_FLTINV, PC, AT_PC, .class = FAULT_FLOATING, .cause = "invalid floating-point",
     .description = "at 0x401000"},
    {"ud2", SIGILL, ILL_ILLOPN, PC, AT_PC, CODE("\x0f\x0b"), .class = FAULT_ILLEGAL,
     .cause = "illegal instruction (ud2)", .description = "__builtin_trap"},
    {"ud1", SIGILL, ILL_ILLOPN, PC, AT_PC, CODE("\x67\x0f\xb9\x40\x02"), .class = FAULT_ILLEGAL,
     .cause = "(ud1)", .description = "sanitize"},
    {"AVX-512", SIGILL, ILL_ILLOPN, PC, AT_PC, CODE("\x62\xf1\x7c\x48\x10\x07"), .class = FAULT_ILLEGAL,
     .cause = "AVX-512", .description = "may lack"},
    {"other", SIGILL, ILL_ILLOPN, PC, AT_PC, CODE("\x06\x00"), .class = FAULT_ILLEGAL,
     .cause = "illegal instruction", .description = "bytes 06 00"},
    {"privileged", SIGILL, ILL_PRVOPC, PC, AT_PC, .class = FAULT_PRIVILEGED, .cause = "privilege",
     .description = ""},
    {"int3", SIGTRAP, SI_KERNEL, 0, AT_PC, .class = FAULT_BREAKPOINT, .cause = "breakpoint instruction",
     .description = "no debugger"},
    {"trace", SIGTRAP, TRAP_TRACE, PC, AT_PC, .class = FAULT_TRACE, .cause = "trace trap", .description = ""},
    {"watchpoint", SIGTRAP, TRAP_HWBKPT, PC, AT_PC, .class = FAULT_BREAKPOINT, .cause = "hardware breakpoint",
     .description = ""},
    /* unknown numbers */
    {"unknown code", SIGSEGV, 77, 0x500010, AT_PC, .class = FAULT_OTHER, .cause = "unknown cause",
     .description = "0x500010"},
    {"unknown bus code", SIGBUS, 77, 0x500010, AT_PC, .class = FAULT_OTHER, .cause = "unknown cause",
     .description = ""},
    {"unknown signal", 63, 77, 0, AT_PC, .class = FAULT_OTHER, .cause = "unknown cause", .description = ""},
};

/* The code lies at PC; the stack is full of garbage. */
static bool read_row(const void *context, uint64_t address, void *bytes, size_t size)
{
    const struct row *row = context;
    if (address == STACK) {
        memset(bytes, 0x41, size);
        return true;
    }
    if (address < PC || address - PC > row->code_size || size > row->code_size - (address - PC))
        return false;
    memcpy(bytes, row->code_bytes + (address - PC), size);
    return true;
}

static struct maps read_maps(const char *text)
{
    struct maps maps;
    ck_assert_int_eq(maps_read((struct core_span){(const uint8_t *)text, strlen(text)}, &maps), 0);
    return maps;
}

static struct notes notes_of(const struct row *row)
{
    struct notes notes = {.pid = 4711, .has_signal = true};
    notes.signal.si_signo = row->signal;
    notes.signal.si_code = row->code;
    notes.signal.si_addr = (void *)(uintptr_t)row->address;
    return notes;
}

static struct signal_words describe(const struct row *row, const struct maps *maps)
{
    struct notes notes = notes_of(row);
    struct fault_input input = {.signal = &notes.signal,
                                .access = row->access,
                                .file = &row->file,
                                .maps = maps,
                                .registers = &row->registers,
                                .is_on_handler_stack = row->is_on_handler_stack,
                                .read = read_row,
                                .context = row};
    struct signal_words words;
    signal_describe(&notes, &input, &words);
    return words;
}

START_TEST(test_names_every_class)
{
    const struct row *row = &rows[_i];
    struct maps maps = read_maps(address_space);
    struct signal_words words = describe(row, &maps);
    ck_assert_msg(words.class == row->class, "%s: class %s, not %s", row->name, fault_class_name(words.class),
                  fault_class_name(row->class));
    ck_assert_msg(strstr(words.cause, row->cause), "%s: cause '%s'", row->name, words.cause);
    ck_assert_msg(strstr(words.description, row->description), "%s: description '%s'", row->name,
                  words.description);
    ck_assert_int_eq(words.is_stack_overflow, row->class == FAULT_STACK_OVERFLOW);
    maps_release(&maps);
}
END_TEST

/* Without registers, maps or memory there is still a class and a sentence. */
START_TEST(test_needs_nothing_but_the_signal)
{
    struct notes notes = notes_of(&rows[_i]);
    const struct fault_input input = {.signal = &notes.signal};
    struct signal_words words;
    signal_describe(&notes, &input, &words);
    ck_assert_str_ne(words.cause, "");
    ck_assert_str_ne(words.description, "");
    ck_assert_str_ne(fault_class_name(words.class), "");
}
END_TEST

START_TEST(test_names_system_calls)
{
    static const struct {
        uint32_t arch;
        int number;
        const char *cause;
    } calls[] = {
        {AUDIT_ARCH_X86_64, 59, "system call 59 execve (x86-64) refused by seccomp"},
        {AUDIT_ARCH_I386, 11, "system call 11 execve (i386) refused by seccomp"},
        {AUDIT_ARCH_X86_64, 0x40000000 + 520, "system call 1073742344 execve (x32) refused by seccomp"},
        {AUDIT_ARCH_X86_64, 99999, "system call 99999 (x86-64) refused by seccomp"},
        {AUDIT_ARCH_X86_64, -1, "system call -1 (x86-64) refused by seccomp"},
        {0xc00000b7, 59, "system call 59 (architecture 0xc00000b7) refused by seccomp"},
    };
    struct notes notes = {.pid = 4711, .has_signal = true};
    struct signal_words words;
    notes.signal.si_signo = SIGSYS;
    notes.signal.si_code = 1;
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        notes.signal.si_arch = calls[i].arch;
        notes.signal.si_syscall = calls[i].number;
        const struct fault_input input = {.signal = &notes.signal};
        signal_describe(&notes, &input, &words);
        ck_assert_int_eq(words.class, FAULT_SYSCALL);
        ck_assert_str_eq(words.cause, calls[i].cause);
    }
    ck_assert_ptr_null(syscall_name(0, 0));
    ck_assert_str_eq(syscall_name(AUDIT_ARCH_X86_64, 0), "read");
}
END_TEST

START_TEST(test_knows_no_signal)
{
    struct notes notes = {.pid = 1};
    const struct fault_input input = {.signal = &notes.signal};
    struct signal_words words;
    signal_describe(&notes, &input, &words);
    ck_assert_str_eq(words.name, "none");
}
END_TEST

/* Maps that overlap, that are endless, whose paths are long: the words are cut, never overrun. */
START_TEST(test_survives_hostile_maps)
{
    char text[4096];
    int at = snprintf(text, sizeof text, "10000000-10001000 rw-s 0 0 1 /");
    memset(text + at, 'x', 3000);
    snprintf(text + at + 3000, sizeof text - 3000 - (size_t)at,
             "\n0-ffffffffffffffff ---p 0 0 0\nfffffffffffff000-ffffffffffffffff rw-p 0 0 0 \x1b[2J/\n"
             "7ffff000-8000f000 \xff\xff\xff\xff 0 0 0 ///\n");
    struct maps maps = read_maps(text);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct row row = rows[i];
        struct signal_words words = describe(&row, &maps);
        ck_assert_uint_lt(strlen(words.cause), sizeof words.cause);
        ck_assert_uint_lt(strlen(words.description), sizeof words.description);
    }
    maps_release(&maps);
}
END_TEST

/* Any registers, any code, any signal. The generator is fixed, so that a failure comes again. */
START_TEST(test_survives_any_state)
{
    struct maps maps = read_maps(address_space);
    uint64_t state = UINT64_C(0x9e3779b97f4a7c15);
    static const int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS, 0, -1, 64};
    for (unsigned round = 0; round < 200000; round++) {
        struct row row = {0};
        uint64_t words_of_state[sizeof row.registers / 8];
        char code[16];
        for (size_t i = 0; i < sizeof words_of_state / 8; i++) {
            state = state * UINT64_C(6364136223846793005) + 1442695040888963407;
            words_of_state[i] = state >> (state >> 58);
        }
        memcpy(&row.registers, words_of_state, sizeof row.registers);
        row.registers.rip = round & 1 ? PC : row.registers.rip;
        memcpy(code, &words_of_state[3], 8);
        memcpy(code + 8, &words_of_state[5], 8);
        row.signal = signals[state % (sizeof signals / sizeof signals[0])];
        row.code = round % 3 ? SI_KERNEL : (int)(state >> 40) % 16;
        row.address = round & 4 ? words_of_state[7] : row.registers.rdi + (state & 7);
        row.code_bytes = code;
        row.code_size = round % 17 < 16 ? round % 17 : 16;
        struct signal_words words = describe(&row, &maps);
        ck_assert_str_ne(words.cause, "");
        ck_assert_uint_lt(strlen(words.description), sizeof words.description);
    }
    maps_release(&maps);
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_loop_test(tests, test_names_every_class, 0, (int)(sizeof rows / sizeof rows[0]));
    tcase_add_loop_test(tests, test_needs_nothing_but_the_signal, 0, (int)(sizeof rows / sizeof rows[0]));
    tcase_add_test(tests, test_names_system_calls);
    tcase_add_test(tests, test_knows_no_signal);
    tcase_add_test(tests, test_survives_hostile_maps);
    tcase_add_test(tests, test_survives_any_state);
}
