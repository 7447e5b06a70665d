/* SPDX-License-Identifier: MIT */
#include "frame_class.h"

#include <stdio.h>
#include <string.h>

#include "signature.h"

#define COUNT(table) (sizeof(table) / sizeof(table)[0])

/* By the begin of the file's name. */
static const struct {
    const char *prefix;
    enum frame_class class;
} modules[] = {
    {"libc.so", FRAME_LIBC},          {"libc-2.", FRAME_LIBC},           {"libpthread.so", FRAME_LIBC},
    {"libpthread-2.", FRAME_LIBC},    {"libdl.so", FRAME_LIBC},          {"libdl-2.", FRAME_LIBC},
    {"librt.so", FRAME_LIBC},         {"librt-2.", FRAME_LIBC},          {"libresolv.so", FRAME_LIBC},
    {"libresolv-2.", FRAME_LIBC},     {"libnss_", FRAME_LIBC},           {"libanl.so", FRAME_LIBC},
    {"libanl-2.", FRAME_LIBC},        {"libutil.so", FRAME_LIBC},        {"ld-linux", FRAME_LINKER},
    {"ld-2.", FRAME_LINKER},          {"libm.so", FRAME_HARMLESS},       {"libm-2.", FRAME_HARMLESS},
    {"libmvec", FRAME_HARMLESS},      {"linux-vdso", FRAME_HARMLESS},    {"[vdso]", FRAME_HARMLESS},
    {"libstdc++", FRAME_CXX},         {"libgcc_s", FRAME_CXX},           {"libc++", FRAME_CXX},
    {"libunwind", FRAME_CXX},         {"libsupc++", FRAME_CXX},          {"libjemalloc", FRAME_ALLOCATOR},
    {"libtcmalloc", FRAME_ALLOCATOR}, {"libmimalloc", FRAME_ALLOCATOR},  {"libcrumple.so", FRAME_CRUMPLE},
    {"libpython", FRAME_INTERPRETER}, {"python", FRAME_INTERPRETER},     {"libruby", FRAME_INTERPRETER},
    {"ruby", FRAME_INTERPRETER},      {"libperl", FRAME_INTERPRETER},    {"perl", FRAME_INTERPRETER},
    {"libjvm", FRAME_INTERPRETER},    {"libnode", FRAME_INTERPRETER},    {"libv8", FRAME_INTERPRETER},
    {"libmono", FRAME_INTERPRETER},   {"libcoreclr", FRAME_INTERPRETER}, {"libluajit", FRAME_INTERPRETER},
    {"libguile", FRAME_INTERPRETER},
};

/* Leaves: a star at the end stands for any rest. What a star takes in too much is in 'locking' below. */
static const char *const leaves[] = {
    /* strings and memory */
    "str*",
    "mem*",
    "wcs*",
    "wmem*",
    "stp*",
    "wcpcpy",
    "wcpncpy",
    "bcmp",
    "bcopy",
    "bzero",
    "explicit_bzero",
    "index",
    "rindex",
    "rawmemchr",
    "ffs*",
    "swab",
    "basename",
    "dirname",
    /* numbers and characters */
    "ato*",
    "abs",
    "labs",
    "llabs",
    "imaxabs",
    "div",
    "ldiv",
    "lldiv",
    "is*",
    "to*",
    "ctype_*",
    "rand_r",
    "erand48_r",
    "drand48_r",
    "random_r",
    "a64l",
    "l64a",
    "frexp*",
    "ldexp*",
    "modf*",
    "scalbn*",
    "copysign*",
    "finite*",
    "signbit*",
    /* formatting into memory */
    "snprintf",
    "vsnprintf",
    "sprintf",
    "vsprintf",
    "asprintf",
    "vasprintf",
    "sscanf",
    "vsscanf",
    "swprintf",
    "vswprintf",
    /* addresses, time, who am I */
    "inet_pton",
    "inet_ntop",
    "inet_ntoa",
    "inet_aton",
    "inet_addr",
    "inet_makeaddr",
    "inet_netof",
    "inet_lnaof",
    "inet_network",
    "hton*",
    "ntoh*",
    "clock_gettime",
    "clock_getres",
    "gettimeofday",
    "time",
    "difftime",
    "times",
    "pthread_self",
    "pthread_equal",
    "pthread_getspecific",
    "thrd_current",
    "thrd_equal",
    "errno_location",
    "getpid",
    "getppid",
    "gettid",
    "getuid",
    "geteuid",
    "getgid",
    "getegid",
    "getpgid",
    "getpgrp",
    "getsid",
    "getcpu",
    "sched_getcpu",
    "getenv",
    "secure_getenv",
    "getauxval",
    "getpagesize",
    "uname",
    "gethostname",
    "getrusage",
    "getrlimit*",
    "getrandom",
    "getentropy",
    /* system calls */
    "read",
    "write",
    "readv",
    "writev",
    "pread*",
    "pwrite*",
    "recv",
    "recvfrom",
    "recvmsg",
    "recvmmsg",
    "send",
    "sendto",
    "sendmsg",
    "sendmmsg",
    "sendfile*",
    "splice",
    "tee",
    "poll",
    "ppoll",
    "select",
    "pselect",
    "fdelt_*",
    "epoll_wait",
    "epoll_pwait*",
    "epoll_ctl",
    "epoll_create*",
    "accept",
    "accept4",
    "connect",
    "bind",
    "listen",
    "socket",
    "socketpair",
    "close",
    "shutdown",
    "setsockopt",
    "getsockopt",
    "getpeername",
    "getsockname",
    "fcntl*",
    "ioctl",
    "lseek*",
    "llseek",
    "fsync",
    "fdatasync",
    "ftruncate*",
    "truncate*",
    "open",
    "open64",
    "openat",
    "openat64",
    "open_2",
    "open64_2",
    "openat_2",
    "openat64_2",
    "creat*",
    "stat*",
    "fstat*",
    "lstat*",
    "xstat*",
    "fxstat*",
    "lxstat*",
    "access",
    "faccessat",
    "unlink",
    "unlinkat",
    "rename",
    "renameat*",
    "mkdir*",
    "rmdir",
    "readlink*",
    "link",
    "symlink",
    "chmod",
    "fchmod",
    "dup",
    "dup2",
    "dup3",
    "pipe",
    "pipe2",
    "eventfd*",
    "timerfd_*",
    "mmap*",
    "munmap",
    "madvise",
    "mprotect",
    "msync",
    "nanosleep",
    "clock_nanosleep",
    "usleep",
    "sleep",
    "sched_yield",
    "thrd_yield",
    "thrd_sleep",
};

/* Taken in by a star above, though they allocate, translate messages or read the time zone under a lock. */
static const char *const no_leaves[] = {
    "strftime*", "strptime*", "strerror", "strerror_r", "strerror_l", "xpg_strerror_r",
    "strsignal", "wcsftime*", "wcstombs", "wcsrtombs",  "wcsnrtombs", "memalign",
};

static const struct {
    const char *name;
    bool must_unwind;
} callers_back[] = {
    {"qsort", false}, {"qsort_r", false}, {"bsearch", false},     {"lfind", false},    {"lsearch", false},
    {"tfind", false}, {"twalk", false},   {"pthread_once", true}, {"call_once", true},
};

/* Functions of libc no thread may be ended in, by the plain name. */
static const struct {
    const char *name, *reason;
} locking[] = {
    {"malloc*", REASON_ALLOCATOR},
    {"free", REASON_ALLOCATOR},
    {"cfree", REASON_ALLOCATOR},
    {"calloc", REASON_ALLOCATOR},
    {"realloc*", REASON_ALLOCATOR},
    {"memalign", REASON_ALLOCATOR},
    {"aligned_alloc", REASON_ALLOCATOR},
    {"posix_memalign", REASON_ALLOCATOR},
    {"valloc", REASON_ALLOCATOR},
    {"pvalloc", REASON_ALLOCATOR},
    {"int_malloc", REASON_ALLOCATOR},
    {"int_free*", REASON_ALLOCATOR},
    {"int_realloc", REASON_ALLOCATOR},
    {"int_memalign", REASON_ALLOCATOR},
    {"mid_memalign", REASON_ALLOCATOR},
    {"sysmalloc*", REASON_ALLOCATOR},
    {"systrim*", REASON_ALLOCATOR},
    {"unlink_chunk*", REASON_ALLOCATOR},
    {"munmap_chunk", REASON_ALLOCATOR},
    {"mremap_chunk", REASON_ALLOCATOR},
    {"heap_trim", REASON_ALLOCATOR},
    {"heap", REASON_ALLOCATOR} /* new_heap */,
    {"arena_get*", REASON_ALLOCATOR},
    {"tcache_*", REASON_ALLOCATOR},
    {"ptmalloc_*", REASON_ALLOCATOR},
    {"pthread_mutex*", REASON_LOCK},
    {"pthread_rwlock*", REASON_LOCK},
    {"pthread_spin*", REASON_LOCK},
    {"pthread_cond*", REASON_LOCK},
    {"pthread_barrier*", REASON_LOCK},
    {"sem_*", REASON_LOCK},
    {"mtx_*", REASON_LOCK},
    {"cnd_*", REASON_LOCK},
    {"lll_*", REASON_LOCK},
    {"flockfile", REASON_LOCK},
    {"funlockfile", REASON_LOCK},
    {"ftrylockfile", REASON_LOCK},
    {"flock", REASON_LOCK},
    {"lockf*", REASON_LOCK},
    {"dl_*", REASON_LINKER},
    {"tls_get_addr*", REASON_LINKER},
    {"dlopen", REASON_LINKER},
    {"dlsym", REASON_LINKER},
    {"dlclose", REASON_LINKER},
    {"dcgettext", REASON_LIBC},
    {"dcigettext", REASON_LIBC},
    {"tz*", REASON_LIBC},
    {"gconv*", REASON_LIBC},
    {"wcsmbs_load_conv", REASON_LIBC},
    {"setlocale", REASON_LIBC},
    {"message", REASON_LIBC}, /* __libc_message and what leads to it: libc itself gives up */
    {"libc_message*", REASON_LIBC},
    {"fatal", REASON_LIBC},
    {"fortify_fail*", REASON_LIBC},
    {"chk_fail", REASON_LIBC},
    {"stack_chk_fail*", REASON_LIBC},
    {"pthread_exit", REASON_LIBC},
    {"pthread_unwind*", REASON_LIBC},
};

/* Allocators by names that are theirs wherever they are linked. */
static const char *const allocators[] = {
    "malloc",         "free",    "cfree",      "calloc",       "realloc",    "reallocarray",  "memalign",
    "valloc",         "pvalloc", "je_*",       "jemalloc_*",   "tc_malloc*", "tc_free*",      "tc_calloc*",
    "tc_realloc*",    "tc_new*", "tc_delete*", "tc_memalign*", "mi_malloc*", "mi_free*",      "mi_heap_*",
    "mi_calloc*",     "_mi_*",   "_Znw*",      "_Zna*",        "_Zdl*",      "_Zda*",         "aligned_alloc",
    "posix_memalign", "rallocx", "mallocx",    "dallocx",      "sdallocx",   "_ZN8tcmalloc*",
};

/* Members of the C++ library without locks and without ways back into the application, by prefixes of their
 * mangled names: strings, the nodes of the containers, hashing, casts. */
static const char *const cxx_leaves[] = {
    "_ZNSs*",
    "_ZNKSs*",
    "_ZNSt7__cxx1112basic_stringI*",
    "_ZNKSt7__cxx1112basic_stringI*",
    "_ZNSbIwSt11*",
    "_ZNKSbIwSt11*",
    "_ZNSt8__detail15_List_node_base*",
    "_ZSt18_Rb_tree_*",
    "_ZSt28_Rb_tree_*",
    "_ZSt29_Rb_tree_*",
    "_ZSt20_Rb_tree_*",
    "_ZNKSt8__detail20_Prime_rehash_policy*",
    "_ZSt11_Hash_bytes*",
    "_ZSt15_Fnv_hash_bytes*",
    "__dynamic_cast",
    "_ZNK10__cxxabiv1*",
    "_ZNKSt9type_info*",
    "_ZNSt3__112basic_stringI*",
    "_ZNKSt3__112basic_stringI*",
};

static const char *const cxx_machinery[] = {
    "_ZSt9terminatev",
    "_ZN10__cxxabiv1*",
    "_ZN9__gnu_cxx27__verbose_terminate_handlerEv",
    "_ZSt10unexpectedv",
    "__cxa_throw",
    "__cxa_rethrow",
    "__cxa_call_*",
    "__clang_call_terminate",
    "_Unwind_*",
    "__cxa_begin_catch",
    "__cxa_end_catch",
    "__cxa_pure_virtual",
    "__cxa_guard_*",
    "__gxx_personality_v0",
};

static bool matches(const char *pattern, const char *name)
{
    size_t length = strlen(pattern);
    if (length && pattern[length - 1] == '*')
        return strncmp(name, pattern, length - 1) == 0;
    return strcmp(name, pattern) == 0;
}

static bool matches_any(const char *const *patterns, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (matches(patterns[i], name))
            return true;
    return false;
}

enum frame_class frame_class_of(const char *basename)
{
    for (size_t i = 0; i < COUNT(modules); i++)
        if (strncmp(basename, modules[i].prefix, strlen(modules[i].prefix)) == 0)
            return modules[i].class;
    return FRAME_APPLICATION;
}

static void remove_suffix(char *name, const char *suffix)
{
    size_t length = strlen(name), size = strlen(suffix);
    if (length > size && strcmp(name + length - size, suffix) == 0)
        name[length - size] = '\0';
}

void frame_plain_name(const char *name, size_t name_size, char *out, size_t size)
{
    static const char *const prefixes[] = {"isoc99_", "isoc23_", "xpg_", "new_", "old_", "posix_"};
    char normal[160];
    signature_normalise(name, name_size, normal, sizeof normal);
    char *at = normal + strspn(normal, "_");
    for (size_t i = 0; i < COUNT(prefixes); i++) {
        size_t length = strlen(prefixes[i]);
        /* posix_memalign and __xpg_strerror_r are names of their own. */
        if (strncmp(at, prefixes[i], length) == 0 && strncmp(at, "posix_memalign", 14) != 0 &&
            strncmp(at, "xpg_strerror_r", 14) != 0)
            at += length;
    }
    remove_suffix(at, "_chk");
    remove_suffix(at, "_nocancel");
    remove_suffix(at, "_internal");
    snprintf(out, size, "%s", at);
}

bool frame_is_leaf(const char *plain)
{
    return !matches_any(no_leaves, COUNT(no_leaves), plain) && !frame_libc_refusal(plain) &&
           (matches_any(leaves, COUNT(leaves), plain) || strcmp(plain, "qsort") == 0 ||
            strcmp(plain, "qsort_r") == 0 || strcmp(plain, "bsearch") == 0);
}

bool frame_is_caller_back(const char *plain, bool *ret_must_unwind)
{
    for (size_t i = 0; i < COUNT(callers_back); i++) {
        if (strcmp(callers_back[i].name, plain) != 0)
            continue;
        *ret_must_unwind = callers_back[i].must_unwind;
        return true;
    }
    return false;
}

bool frame_is_abort(const char *plain)
{
    static const char *const names[] = {"abort", "assert", "assert_fail", "assert_perror_fail"};
    return matches_any(names, COUNT(names), plain);
}

bool frame_is_cxx_leaf(const char *name)
{
    return matches_any(cxx_leaves, COUNT(cxx_leaves), name);
}

bool frame_is_cxx_machinery(const char *name)
{
    return matches_any(cxx_machinery, COUNT(cxx_machinery), name) ||
           (strncmp(name, "_ZSt", 4) == 0 && strstr(name, "__throw_"));
}

const char *frame_libc_refusal(const char *plain)
{
    for (size_t i = 0; i < COUNT(locking); i++)
        if (matches(locking[i].name, plain))
            return locking[i].reason;
    return NULL;
}

bool frame_is_allocator(const char *name)
{
    return matches_any(allocators, COUNT(allocators), name);
}
