/* SPDX-License-Identifier: MIT */
#include "walk/frame_class.h"

#include <stdio.h>
#include <string.h>

#include "walk/function_names.h"

/* Modules by their files' names. */
static const struct {
    enum frame_class class;
    const char *words;
} modules[] = {
    {FRAME_LIBC,
     "libc.so* libc-2.* libpthread.so* libpthread-2.* libdl.so* libdl-2.* librt.so* librt-2.* "
     "libresolv.so* libresolv-2.* libnss_* libanl.so* libanl-2.* libutil.so* libutil-2.* libc.musl* "
     "ld-musl*"},
    {FRAME_LINKER, "ld-linux* ld-2.*"},
    {FRAME_HARMLESS, "libm.so* libm-2.* libmvec* linux-vdso* [vdso]"},
    {FRAME_CXX, "libstdc++* libgcc_s* libc++* libunwind* libsupc++*"},
    {FRAME_ALLOCATOR,
     "libjemalloc* libtcmalloc* libmimalloc* libasan* libtsan* liblsan* libhwasan* libubsan*"},
    {FRAME_CRUMPLE, "libcrumple.so*"},
    {FRAME_INTERPRETER,
     "libpython* python python2* python3* libruby* ruby ruby2* ruby3* libperl* perl perl5* "
     "libjvm* libnode* node libv8* libmono* libcoreclr* libluajit* luajit libguile*"},
};

/* Functions of libc no thread may be ended in, wherever they are on the stack. */
static const struct {
    const char *reason, *words;
} locking[] = {
    {REASON_ALLOCATOR,
     "malloc* free cfree calloc realloc* memalign aligned_alloc posix_memalign valloc pvalloc "
     "int_malloc int_free* int_realloc int_memalign mid_memalign sysmalloc* systrim* "
     "unlink_chunk* munmap_chunk mremap_chunk heap heap_trim arena_get* tcache_* ptmalloc_*"},
    {REASON_LOCK, "pthread_mutex* pthread_rwlock* pthread_spin* pthread_cond* pthread_barrier* sem_* "
                  "mtx_* cnd_* lll_* flockfile funlockfile ftrylockfile flock lockf*"},
    {REASON_LINKER, "dl_* tls_get_addr* dlopen dlsym dlvsym dlclose dladdr*"},
    /* messages, time zones, conversions; libc gives up by itself; ends of threads */
    {REASON_LIBC, "dcgettext dcigettext tz* gconv* wcsmbs_load_conv setlocale message libc_message* fatal "
                  "fortify_fail* chk_fail stack_chk_fail* pthread_exit pthread_unwind*"},
};

/* Functions that take no lock, whatever they call inside; what a star takes in too much is in no_leaves. */
static const char *const leaves[] = {
    /* strings and memory */
    "str* mem* wcs* wmem* stp* wcpcpy wcpncpy bcmp bcopy bzero explicit_bzero index rindex rawmemchr ffs* "
    "swab "
    "basename dirname",
    /* numbers and characters; sorting and searching */
    "ato* abs labs llabs imaxabs div ldiv lldiv is* to* ctype_* rand_r erand48_r drand48_r random_r a64l "
    "l64a "
    "frexp* ldexp* modf* scalbn* copysign* finite* signbit* qsort qsort_r bsearch lfind lsearch",
    /* formatting into memory */
    "snprintf vsnprintf sprintf vsprintf asprintf vasprintf swprintf vswprintf",
    /* addresses, time, who am I */
    "inet_pton inet_ntop inet_ntoa inet_aton inet_addr inet_makeaddr inet_netof inet_lnaof inet_network "
    "hton* "
    "ntoh* clock_gettime clock_getres gettimeofday time difftime times pthread_self pthread_equal "
    "pthread_getspecific thrd_current thrd_equal errno_location h_errno_location getpid getppid gettid "
    "getuid "
    "geteuid getgid getegid getpgid getpgrp getsid getcpu sched_getcpu getenv secure_getenv getauxval "
    "getpagesize uname gethostname getrusage getrlimit* getrandom getentropy setjmp sigsetjmp sigemptyset "
    "sigfillset sigaddset sigdelset sigismember",
    /* system calls */
    "read write readv writev pread* pwrite* recv recvfrom recvmsg recvmmsg send sendto sendmsg sendmmsg "
    "sendfile* splice tee poll ppoll select pselect fdelt epoll_wait epoll_pwait* epoll_ctl epoll_create* "
    "accept accept4 connect bind listen socket socketpair close shutdown setsockopt getsockopt getpeername "
    "getsockname fcntl* ioctl lseek* llseek fsync fdatasync ftruncate* truncate* open open64 openat openat64 "
    "open_2 open64_2 openat_2 openat64_2 creat* stat* fstat* lstat* xstat* fxstat* lxstat* access faccessat "
    "unlink unlinkat rename renameat* mkdir* rmdir readlink* link symlink chmod fchmod dup dup2 dup3 pipe "
    "pipe2 "
    "eventfd* timerfd_* mmap* munmap madvise mprotect msync nanosleep clock_nanosleep usleep sleep "
    "sched_yield "
    "thrd_yield thrd_sleep",
};

/* They read the time zone, translate messages or load conversions, under a lock. */
static const char no_leaves[] = "strftime* strptime* strerror strerror_r strerror_l xpg_strerror_r strsignal "
                                "wcsftime* wcstombs wcsrtombs wcsnrtombs";

/* Functions that call back and hold no lock meanwhile. */
static const char callers_back[] = "qsort qsort_r bsearch lfind lsearch tfind twalk";

/* The same, but what they have begun must be taken back: others wait for it. */
static const char callers_back_unwound[] = "pthread_once call_once";

/* Allocators, by names that are theirs wherever they are linked. */
static const char allocators[] =
    "malloc free cfree calloc realloc reallocarray memalign aligned_alloc posix_memalign valloc pvalloc "
    "mallocx rallocx dallocx sdallocx je_* jemalloc_* tc_malloc* tc_free* tc_calloc* tc_realloc* tc_new* "
    "tc_delete* tc_memalign* mi_malloc* mi_free* mi_calloc* mi_heap_* _mi_* _ZN8tcmalloc* "
    "_Znw* _Zna* _Zdl* _Zda*";

/* Functions of the C++ library without locks and without ways back into the application, by the begin of
 * their mangled names: strings, the nodes of containers, hashing, casts. */
static const char cxx_leaves[] =
    "_ZNSs* _ZNKSs* _ZNSt7__cxx1112basic_stringI* _ZNKSt7__cxx1112basic_stringI* _ZNSt3__112basic_stringI* "
    "_ZNKSt3__112basic_stringI* _ZNSt8__detail15_List_node_base* _ZSt18_Rb_tree_* _ZSt20_Rb_tree_* "
    "_ZSt28_Rb_tree_* _ZSt29_Rb_tree_* _ZNKSt8__detail20_Prime_rehash_policy* _ZSt11_Hash_bytes* "
    "_ZSt15_Fnv_hash_bytes* __dynamic_cast _ZNK10__cxxabiv1* _ZNKSt9type_info*";

/* What throws, catches and terminates. */
static const char cxx_machinery[] =
    "_ZSt9terminatev _ZSt10unexpectedv _ZN10__cxxabiv1* _ZN9__gnu_cxx27__verbose_terminate_handlerEv "
    "__cxa_throw __cxa_rethrow __cxa_call_* __cxa_begin_catch __cxa_end_catch __cxa_pure_virtual "
    "__cxa_guard_* "
    "__clang_call_terminate __gxx_personality_v0 _Unwind_*";

static bool frame_matches(const char *words, const char *name)
{
    const size_t length = strlen(name);
    for (const char *word = words; *word; word += *word == ' ') {
        size_t size = strcspn(word, " ");
        if (word[size - 1] == '*' ? length >= size - 1 && memcmp(word, name, size - 1) == 0
                                  : length == size && memcmp(word, name, size) == 0)
            return true;
        word += size;
    }
    return false;
}

enum frame_class frame_class_of(const char *basename)
{
    for (size_t i = 0; i < sizeof modules / sizeof modules[0]; i++)
        if (frame_matches(modules[i].words, basename))
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
    static const char *const prefixes[] = {"isoc99_", "isoc23_", "xpg_", "new_", "old_"};
    static const char own[] = "xpg_strerror_r"; /* without its prefix it is another function */
    char normal[160];
    function_names_normalise(name, name_size, normal, sizeof normal);
    char *at = normal + strspn(normal, "_");
    for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++)
        if (strncmp(at, prefixes[i], strlen(prefixes[i])) == 0 && strcmp(at, own) != 0)
            at += strlen(prefixes[i]);
    remove_suffix(at, "_chk");
    remove_suffix(at, "_nocancel");
    remove_suffix(at, "_internal");
    snprintf(out, size, "%s", at);
}

bool frame_is_leaf(const char *plain)
{
    if (frame_matches(no_leaves, plain) || frame_libc_refusal(plain))
        return false;
    for (size_t i = 0; i < sizeof leaves / sizeof leaves[0]; i++)
        if (frame_matches(leaves[i], plain))
            return true;
    return false;
}

bool frame_is_caller_back(const char *plain, bool *ret_must_unwind)
{
    *ret_must_unwind = frame_matches(callers_back_unwound, plain);
    return *ret_must_unwind || frame_matches(callers_back, plain);
}

bool frame_is_leaf_to_jump(const char *plain)
{
    return frame_matches("sscanf vsscanf swscanf vswscanf", plain);
}

bool frame_is_abort(const char *plain)
{
    return frame_matches("abort assert assert_fail assert_perror_fail", plain);
}

bool frame_is_cxx_leaf(const char *name)
{
    return frame_matches(cxx_leaves, name);
}

bool frame_is_cxx_machinery(const char *name)
{
    return frame_matches(cxx_machinery, name) || (strncmp(name, "_ZSt", 4) == 0 && strstr(name, "__throw_"));
}

const char *frame_libc_refusal(const char *plain)
{
    for (size_t i = 0; i < sizeof locking / sizeof locking[0]; i++)
        if (frame_matches(locking[i].words, plain))
            return locking[i].reason;
    return NULL;
}

/* Of libevent, libev, libuv, GLib, systemd, Boost.Asio (all of it is in the program), Qt, libverto, tevent, redis. */
static const char event_loops[] =
    "event_base_loop event_base_dispatch event_loop event_dispatch ev_run ev_loop uv_run g_main_loop_run "
    "g_main_context_iteration g_main_context_dispatch g_application_run sd_event_loop sd_event_run sd_event_dispatch "
    "_ZN5boost4asio6detail9scheduler* _ZN5boost4asio10io_context3run* _ZN4asio6detail9scheduler* "
    "_ZN4asio10io_context3run* _ZN10QEventLoop* _ZN7QThread4exec* verto_run verto_run_once tevent_common_loop_wait "
    "_tevent_loop_once aeMain aeProcessEvents";

bool frame_is_event_loop(const char *name)
{
    return frame_matches(event_loops, name);
}

bool frame_is_allocator(const char *name)
{
    return frame_matches(allocators, name);
}
