/* SPDX-License-Identifier: MIT */
#include "go_line.h"

#include <string.h>

#define IS_NOWHERE ((size_t)-1)

static bool starts_with(const char *line, size_t size, const char *with)
{
    size_t bytes = strlen(with);
    return size >= bytes && memcmp(line, with, bytes) == 0;
}

static bool is_text(const char *line, size_t size, const char *text)
{
    return size == strlen(text) && memcmp(line, text, size) == 0;
}

static bool starts_with_one(const char *line, size_t size, const char *const *ones)
{
    for (; *ones; ones++)
        if (starts_with(line, size, *ones))
            return true;
    return false;
}

static size_t last_of(const char *line, size_t size, char c)
{
    while (size > 0)
        if (line[--size] == c)
            return size;
    return IS_NOWHERE;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static size_t digits(const char *line, size_t size)
{
    size_t n = 0;
    while (n < size && is_digit(line[n]))
        n++;
    return n;
}

/* A decimal number, or a hexadecimal one after 0x. The number of its characters; 0: none, or too large. */
static size_t read_number(const char *line, size_t size, uint64_t *ret)
{
    const bool is_hex = starts_with(line, size, "0x");
    const uint64_t base = is_hex ? 16 : 10;
    const size_t from = is_hex ? 2 : 0;
    size_t at = from;
    uint64_t value = 0;
    for (; at < size; at++) {
        char c = line[at];
        uint64_t digit = is_digit(c)            ? (uint64_t)(c - '0')
                         : c >= 'a' && c <= 'f' ? (uint64_t)(c - 'a' + 10)
                                                : UINT64_MAX;
        if (digit >= base)
            break;
        if (value > (UINT64_MAX - digit) / base)
            return 0;
        value = value * base + digit;
    }
    if (at == from)
        return 0;
    *ret = value;
    return at;
}

/* runtime/sigtab_linux_generic.go: those that end a process with a dump. */
static bool is_signal(const char *line, size_t size)
{
    static const char *const names[] = {
        "SIGQUIT: quit",
        "SIGILL: illegal instruction",
        "SIGTRAP: trace trap",
        "SIGABRT: abort",
        "SIGBUS: bus error",
        "SIGFPE: floating-point exception",
        "SIGSEGV: segmentation violation",
        "SIGSTKFLT: stack fault",
        "SIGSYS: bad system call",
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (is_text(line, size, names[i]))
            return true;
    return starts_with(line, size, "Signal ") && size > 7 && digits(line + 7, size - 7) == size - 7;
}

/* What the runtime says by the way, of the reason or of its own trouble. */
static bool is_runtime_word(const char *line, size_t size)
{
    static const char *const begins[] = {"runtime: ",
                                         "runtime/cgo: ",
                                         "runtime·", /* what was C once: "runtime·unlock: lock count" */
                                         "unexpected fault address 0x",
                                         "instruction bytes:",
                                         "stack: frame={sp:",
                                         "preempt off reason: ",
                                         "[originating from goroutine ",
                                         NULL};
    return starts_with_one(line, size, begins) || is_text(line, size, "panic during panic") ||
           is_text(line, size, "stack trace unavailable") || is_text(line, size, "-----");
}

/* "rax    0x0", as dumpregs() of signal_amd64.go has it. */
static bool is_register(const char *line, size_t size)
{
    static const char *const names[] = {"rax", "rbx", "rcx",    "rdx", "rdi", "rsi", "rbp",
                                        "rsp", "r8 ", "r9 ",    "r10", "r11", "r12", "r13",
                                        "r14", "r15", "rflags", "rip", "cs ", "fs ", "gs "};
    uint64_t value;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (starts_with(line, size, names[i])) {
            size_t at = strlen(names[i]);
            while (at < size && line[at] == ' ')
                at++;
            return starts_with(line + at, size - at, "0x") && line[at - 1] == ' ' &&
                   read_number(line + at, size - at, &value) == size - at;
        }
    return false;
}

/* The characters of values as the runtime prints them: "{0x4a, 0x5?}, 0x1, ..., _". */
static bool are_arguments(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (!text[i] || !strchr("0123456789abcdefx{}, ._?", text[i]))
            return false;
    return true;
}

/* The name of a function: of a package ("main.f", "main.(*T).f", "a/b.F[...]"), or panic itself. */
static bool is_function_name(const char *name, size_t size)
{
    bool has_dot = false;
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)name[i];
        /* In the brackets of a type there may be blanks: "struct { F int }". */
        if (c < ' ' || c == 0x7f || c == '"' || (c == ' ' && !starts_with(name, size, "type")))
            return false;
        has_dot = has_dot || (c == '.' && i > 0);
    }
    return has_dot || is_text(name, size, "panic");
}

static bool is_function(const char *line, size_t size)
{
    if (starts_with(line, size, "non-Go function"))
        return size == strlen("non-Go function") || starts_with(line, size, "non-Go function at pc=0x");
    if (size < 3 || line[size - 1] != ')')
        return false;
    size_t open = last_of(line, size, '(');
    return open != IS_NOWHERE && open > 0 && are_arguments(line + open + 1, size - open - 2) &&
           is_function_name(line, open);
}

/* "\tFILE:LINE", perhaps " +0x1d", " fp=0x... sp=0x... pc=0x..."; "\tpc=0x..." of C code. */
static bool is_file(const char *line, size_t size)
{
    if (size < 4 || line[0] != '\t')
        return false;
    if (starts_with(line, size, "\tpc=0x"))
        return true;
    for (size_t end = size; end > 2;) {
        size_t colon = last_of(line, end, ':'), at = colon + 1;
        if (colon == IS_NOWHERE || colon < 2)
            return false;
        size_t n = digits(line + at, size - at);
        at += n;
        if (n > 0 &&
            (at == size || starts_with(line + at, size - at, " +0x") ||
             starts_with(line + at, size - at, " fp=0x") || starts_with(line + at, size - at, " pc=0x")))
            return true;
        end = colon;
    }
    return false;
}

static bool is_elided(const char *line, size_t size)
{
    static const char tail[] = " frames elided...";
    const size_t bytes = sizeof tail - 1;
    if (is_text(line, size, "...additional frames elided..."))
        return true;
    return size > 3 + bytes && starts_with(line, size, "...") &&
           memcmp(line + size - bytes, tail, bytes) == 0 && digits(line + 3, size - 3) == size - 3 - bytes;
}

/* What is told by how it begins, or by the whole. */
static enum go_line_kind kind_by_words(const char *line, size_t size)
{
    static const struct {
        const char *begins;
        enum go_line_kind kind;
    } words[] = {
        {"panic: ", GO_LINE_PANIC},
        {"\tpanic: ", GO_LINE_PANIC},
        {"fatal error: ", GO_LINE_FATAL},
        {"PC=0x", GO_LINE_PC},
        {"[signal ", GO_LINE_SIGNAL_DETAIL},
        {"created by ", GO_LINE_CREATED},
        {"\tgoroutine running on other thread; stack unavailable", GO_LINE_UNAVAILABLE},
        {"signal arrived during cgo execution", GO_LINE_CGO},
        {"signal arrived during external code execution", GO_LINE_CGO},
    };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (starts_with(line, size, words[i].begins))
            return words[i].kind;
    return is_text(line, size, "runtime stack:") ? GO_LINE_RUNTIME_STACK : GO_LINE_OTHER;
}

enum go_line_kind go_line_kind(const char *line, size_t size)
{
    struct go_line_goroutine goroutine;
    enum go_line_kind kind = size == 0 ? GO_LINE_BLANK : kind_by_words(line, size);
    if (kind != GO_LINE_OTHER)
        return kind;
    if (is_signal(line, size))
        return GO_LINE_SIGNAL;
    if (go_line_goroutine(line, size, &goroutine))
        return GO_LINE_GOROUTINE;
    if (is_runtime_word(line, size))
        return GO_LINE_RUNTIME;
    if (is_elided(line, size))
        return GO_LINE_ELIDED;
    if (is_file(line, size))
        return GO_LINE_FILE;
    if (is_register(line, size))
        return GO_LINE_REGISTER;
    return is_function(line, size) ? GO_LINE_FUNCTION : GO_LINE_OTHER;
}

/* What follows the state: ", 5 minutes", ", locked to thread", ", synctest bubble 1". */
static void read_words(const char *words, size_t size, struct go_line_goroutine *into)
{
    while (size > 2) {
        const char *next = memchr(words + 2, ',', size - 2);
        size_t bytes = next ? (size_t)(next - words) : size;
        size_t n = read_number(words + 2, bytes - 2, &into->wait_minutes);
        if (n > 0 && !is_text(words + 2 + n, bytes - 2 - n, " minutes"))
            into->wait_minutes = 0;
        if (is_text(words, bytes, ", locked to thread"))
            into->is_locked = true;
        words += bytes;
        size -= bytes;
    }
}

/* "[STATE, WORDS]"; the number of its bytes, 0: it is none. */
static size_t read_brackets(const char *text, size_t size, struct go_line_goroutine *into)
{
    const char *end = size > 2 && text[0] == '[' ? memchr(text, ']', size) : NULL;
    if (!end || end == text + 1)
        return 0;
    size_t all = (size_t)(end - text) - 1;
    const char *comma = memchr(text + 1, ',', all);
    size_t bytes = comma ? (size_t)(comma - text) - 1 : all;
    size_t kept = bytes < sizeof into->state ? bytes : sizeof into->state - 1;
    memcpy(into->state, text + 1, kept);
    into->state[kept] = '\0';
    read_words(text + 1 + bytes, all - bytes, into);
    return all + 2;
}

bool go_line_goroutine(const char *line, size_t size, struct go_line_goroutine *ret)
{
    static const char begin[] = "goroutine ";
    struct go_line_goroutine found = {0};
    size_t at = sizeof begin - 1;
    if (!starts_with(line, size, begin) || size < at + 5 || line[size - 1] != ':')
        return false;
    size_t n = read_number(line + at, size - at, &found.id);
    const char *open = n > 0 ? memchr(line + at + n, '[', size - at - n) : NULL;
    if (!open || open[-1] != ' ')
        return false;
    /* Between them " gp=0x... m=0 mp=0x..." of Go 1.21. */
    if (open > line + at + n + 1 && !starts_with(line + at + n, size - at - n, " gp=0x"))
        return false;
    at = (size_t)(open - line);
    n = read_brackets(open, size - 1 - at, &found);
    if (n == 0)
        return false;
    at += n;
    while (at < size - 1 && line[at] == ' ')
        at++;
    if (at < size - 1) {
        found.labels = line + at;
        found.labels_size = size - 1 - at;
    }
    *ret = found;
    return true;
}

bool go_line_number(const char *line, size_t size, const char *name, uint64_t *ret)
{
    const size_t bytes = strlen(name);
    for (size_t at = 0; at + bytes + 1 < size; at++)
        if ((at == 0 || line[at - 1] == ' ' || line[at - 1] == '\t') && memcmp(line + at, name, bytes) == 0 &&
            line[at + bytes] == '=' && read_number(line + at + bytes + 1, size - at - bytes - 1, ret) > 0)
            return true;
    return false;
}
