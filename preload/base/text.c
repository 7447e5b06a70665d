/* SPDX-License-Identifier: MIT */
/* Safe file: runs in signal handlers and in the helper process. */
#include "base/text.h"

#include <errno.h>
#include <signal.h>

#include "crumple_text.h"

size_t safe_strlen(const char *s)
{
    size_t n = 0;
    while (s[n])
        n++;
    return n;
}

bool safe_equal(const char *a, const char *b)
{
    while (*a && *a == *b) {
        a++;
        b++;
    }
    return *a == *b;
}

bool safe_starts(const char *s, const char *prefix)
{
    while (*prefix)
        if (*s++ != *prefix++)
            return false;
    return true;
}

/* String instructions: memcpy may be an ifunc of libc or, in the host, another library's interposer. */
void safe_copy(void *to, const void *from, size_t n)
{
    __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(n) : : "memory");
}

void safe_zero(void *to, size_t n)
{
    __asm__ volatile("rep stosb" : "+D"(to), "+c"(n) : "a"(0) : "memory");
}

void safe_text_add_n(struct safe_text *t, const char *s, size_t n)
{
    if (n > t->size - 1 - t->used) {
        n = t->size - 1 - t->used;
        t->truncated = true;
    }
    safe_copy(t->data + t->used, s, n);
    t->used += n;
    t->data[t->used] = '\0';
}

void safe_text_add(struct safe_text *t, const char *s)
{
    safe_text_add_n(t, s, safe_strlen(s));
}

void safe_text_add_clean(struct safe_text *t, const char *s, size_t n)
{
    while (n) {
        uint32_t c = 0;
        size_t len = crumple_text_decode(s, n, &c);
        bool clean = len && !crumple_text_is_unsafe(c);
        if (clean && len > t->size - 1 - t->used) {
            t->truncated = true; /* half a character is no text */
            return;
        }
        safe_text_add_n(t, clean ? s : " ", clean ? len : 1);
        len = len ? len : 1;
        s += len;
        n -= len;
    }
}

void safe_text_add_line(struct safe_text *t, const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++)
        safe_text_add_n(t, (unsigned char)s[i] < 0x20 || s[i] == 0x7f ? " " : s + i, 1);
}

void safe_text_add_padded(struct safe_text *t, uint64_t v, int digits)
{
    char buffer[20];
    int i = (int)sizeof buffer;
    do {
        buffer[--i] = (char)('0' + v % 10);
        v /= 10;
        digits--;
    } while (i > 0 && (v || digits > 0));
    safe_text_add_n(t, buffer + i, sizeof buffer - (size_t)i);
}

void safe_text_add_u64(struct safe_text *t, uint64_t v)
{
    safe_text_add_padded(t, v, 1);
}

void safe_text_add_i64(struct safe_text *t, int64_t v)
{
    if (v < 0)
        safe_text_add(t, "-");
    safe_text_add_u64(t, v < 0 ? -(uint64_t)v : (uint64_t)v);
}

void safe_text_add_hex_digits(struct safe_text *t, uint64_t v)
{
    int shift = 60;
    while (shift > 0 && !(v >> shift))
        shift -= 4;
    for (; shift >= 0; shift -= 4)
        safe_text_add_n(t, &"0123456789abcdef"[(v >> shift) & 15], 1);
}

void safe_text_add_hex(struct safe_text *t, uint64_t v)
{
    safe_text_add(t, "0x");
    safe_text_add_hex_digits(t, v);
}

/* A switch, not a table: a table of pointers needs relocations, and none of this may depend on the loader. */
const char *safe_signal_name(int sig)
{
    static const char *const names[] = {
        [SIGHUP] = "SIGHUP",       [SIGINT] = "SIGINT",   [SIGQUIT] = "SIGQUIT", [SIGILL] = "SIGILL",
        [SIGTRAP] = "SIGTRAP",     [SIGABRT] = "SIGABRT", [SIGBUS] = "SIGBUS",   [SIGFPE] = "SIGFPE",
        [SIGUSR1] = "SIGUSR1",     [SIGSEGV] = "SIGSEGV", [SIGUSR2] = "SIGUSR2", [SIGPIPE] = "SIGPIPE",
        [SIGALRM] = "SIGALRM",     [SIGTERM] = "SIGTERM", [SIGXCPU] = "SIGXCPU", [SIGXFSZ] = "SIGXFSZ",
        [SIGVTALRM] = "SIGVTALRM", [SIGPROF] = "SIGPROF", [SIGIO] = "SIGIO",     [SIGSYS] = "SIGSYS",
    };
    bool is_known = sig > 0 && (size_t)sig < sizeof names / sizeof *names && names[sig];
    return is_known ? names[sig] : "signal";
}

const char *safe_error_name(long negative_errno)
{
    switch (-negative_errno) {
    case EACCES:
        return "Permission denied";
    case EPERM:
        return "Operation not permitted";
    case ENOENT:
        return "No such file or directory";
    case ECONNREFUSED:
        return "Connection refused";
    case ENOTDIR:
        return "Not a directory";
    case ENOSPC:
        return "No space left on device";
    case EDQUOT:
        return "Disk quota exceeded";
    case EROFS:
        return "Read-only file system";
    case EMFILE:
    case ENFILE:
        return "Too many open files";
    case ENOMEM:
        return "Cannot allocate memory";
    case EAGAIN:
        return "Resource temporarily unavailable";
    case EFBIG:
        return "File too large";
    case EEXIST:
        return "File exists";
    case ENOSYS:
        return "Function not implemented";
    case ENOEXEC:
        return "Exec format error";
    case EXDEV:
        return "Children would be in another namespace";
    case ELOOP:
        return "Too many levels of symbolic links";
    case EIO:
        return "Input/output error";
    case ESTALE:
        return "Not the directory of the start";
    case EINVAL:
        return "Invalid argument";
    case EFAULT:
        return "Bad address";
    case ETIMEDOUT:
        return "it took too long";
    default:
        return "error";
    }
}

void safe_text_copy(char *to, size_t size, const char *from)
{
    struct safe_text t = safe_text_on(to, size);
    safe_text_add(&t, from);
}

const char *safe_parse_hex(const char *p, const char *end, uint64_t *ret)
{
    uint64_t v = 0;
    for (; p < end; p++) {
        if (*p >= '0' && *p <= '9')
            v = v << 4 | (uint64_t)(*p - '0');
        else if (*p >= 'a' && *p <= 'f')
            v = v << 4 | (uint64_t)(*p - 'a' + 10);
        else
            break;
    }
    *ret = v;
    return p;
}
