/* SPDX-License-Identifier: MIT */
/*
 * Deaths of C++ programs: exceptions that nobody catches, and those that are just being handled.
 *
 *   exceptions VERB
 *
 * What a test must know is written to stdout before the crime, as the victim does it.
 */
#include <dirent.h>
#include <pthread.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <iterator>
#include <new>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>

#define NOINLINE __attribute__((noinline, used))

namespace
{

void announce()
{
    char text[96];
    int tasks = -2; /* . and .. */
    DIR *folder = opendir("/proc/self/task");
    while (folder && readdir(folder))
        tasks++;
    if (folder)
        closedir(folder);
    int n = snprintf(text, sizeof text, "pid=%d\ntid=%ld\ntasks=%d\n", getpid(), syscall(SYS_gettid), tasks);
    if (write(1, text, static_cast<size_t>(n)) != n)
        _exit(70);
}

/* Not the last thing its caller does: that would be a jump, and leave no frame. */
volatile int calls;

class parse_error : public std::exception
{
    std::string text;

  public:
    explicit parse_error(const std::string &where) : text("cannot parse " + where)
    {
    }
    const char *what() const noexcept override
    {
        return text.c_str();
    }
};

/* Says something else than its base has been told. */
class quota_error : public std::runtime_error
{
  public:
    quota_error() : std::runtime_error("base text")
    {
    }
    const char *what() const noexcept override
    {
        return "quota of 7 exceeded";
    }
};

struct with_code {
    virtual ~with_code() = default;
    int code = 7;
};

/* std::exception is not the first of its bases. */
class coded_error : public with_code, public std::logic_error
{
  public:
    coded_error() : std::logic_error("code 7")
    {
    }
};

class virtual_error : public virtual std::exception
{
    long first = 1, second = 2;

  public:
    const char *what() const noexcept override
    {
        return first + second == 3 ? "virtual base" : "";
    }
};

struct first_half : std::runtime_error {
    first_half() : std::runtime_error("first half")
    {
    }
};
struct second_half : std::runtime_error {
    second_half() : std::runtime_error("second half")
    {
    }
};
struct two_halves : first_half, second_half {
};

class hostile_error : public std::exception
{
    std::string text;

  public:
    hostile_error() : text("<script>\x1b]0;owned\a\r\nevent=contained\n\"quoted\" \xff\xfe ")
    {
        text.append(10240, 'x');
    }
    const char *what() const noexcept override
    {
        return text.c_str();
    }
};

class null_what : public std::exception
{
  public:
    const char *what() const noexcept override
    {
        return nullptr;
    }
};

/* Its what() throws another one, against its promise: nobody has asked that one for its text. */
struct unasked_error : std::exception {
    const char *what() const noexcept override
    {
        if (write(1, "asked\n", 6) != 6)
            _exit(70);
        return "asked";
    }
};
void fail_again()
{
    if (calls >= 0)
        throw unasked_error();
}
class throwing_what : public std::exception
{
  public:
    const char *what() const noexcept override
    {
        fail_again();
        return "never said";
    }
};

template <int N> class longer : public longer<N - 1>
{
};
template <> class longer<0> : public std::exception
{
};

class base
{
  public:
    base()
    {
        use();
    }
    virtual ~base() = default;
    virtual void act() = 0;
    void use()
    {
        act();
    }
};
class derived : public base
{
    void act() override
    {
        calls = calls + 1;
    }
};

std::exception_ptr kept;

} // namespace

extern "C" {
void call_through_plain_c(void (*callback)(void));
int run_verb(const char *verb);

NOINLINE void handle_join()
{
    announce();
    throw std::runtime_error("no such match");
}
NOINLINE void handle_custom()
{
    announce();
    throw parse_error("line 3");
}
NOINLINE void handle_quota()
{
    announce();
    throw quota_error();
}
NOINLINE void handle_coded()
{
    announce();
    throw coded_error();
}
NOINLINE void handle_virtual()
{
    announce();
    throw virtual_error();
}
NOINLINE void handle_halves()
{
    announce();
    throw two_halves();
}
NOINLINE void handle_int()
{
    announce();
    throw 42;
}
NOINLINE void handle_text()
{
    announce();
    throw "plain text";
}
NOINLINE void handle_hostile()
{
    announce();
    throw hostile_error();
}
NOINLINE void handle_long()
{
    announce();
    throw longer<40>();
}
NOINLINE void handle_system()
{
    announce();
    throw std::system_error(std::make_error_code(std::errc::no_space_on_device), "journal");
}

NOINLINE void terminate_by_abort()
{
    abort();
}
NOINLINE void handle_with_handler()
{
    std::set_terminate(terminate_by_abort);
    handle_custom();
    calls = calls + 1;
}
NOINLINE void handle_known_with_handler()
{
    std::set_terminate(terminate_by_abort);
    handle_join();
    calls = calls + 1;
}

/* As many programs have it: it finds out what was thrown, logs it, and gives up. */
NOINLINE void terminate_with_log()
{
    try {
        if (std::current_exception())
            throw;
    } catch (const std::exception &e) {
        fprintf(stderr, "fatal: %s\n", e.what());
        abort();
    }
}
NOINLINE void handle_with_log()
{
    std::set_terminate(terminate_with_log);
    handle_custom();
    calls = calls + 1;
}
NOINLINE void handle_with_exit()
{
    announce();
    std::set_terminate([] { _exit(3); });
    throw std::runtime_error("not an abort");
}

NOINLINE void handle_nested()
{
    announce();
    try {
        throw std::logic_error("inner cause");
    } catch (...) {
        std::throw_with_nested(std::runtime_error("outer failure"));
    }
}

NOINLINE void keep_exception()
{
    try {
        throw std::out_of_range("index 9");
    } catch (...) {
        kept = std::current_exception();
    }
}
NOINLINE void handle_rethrow()
{
    std::thread(keep_exception).join();
    announce();
    std::rethrow_exception(kept);
}

NOINLINE void throw_below()
{
    announce();
    throw std::runtime_error("promised not to");
}
NOINLINE void promises_nothing() noexcept
{
    throw_below();
    calls = calls + 1;
}
NOINLINE void handle_noexcept()
{
    promises_nothing();
    calls = calls + 1;
}

struct cleaner {
    NOINLINE ~cleaner()
    {
        if (calls >= 0)
            throw std::logic_error("while cleaning up");
    }
};
NOINLINE void clean_up_badly()
{
    announce();
    cleaner c;
    throw std::runtime_error("first failure");
}
NOINLINE void handle_destructor()
{
    try {
        clean_up_badly();
    } catch (const std::exception &) {
        calls = calls + 1; /* never */
    }
}

NOINLINE void handle_pure()
{
    announce();
    derived d;
    d.use();
}
NOINLINE void handle_terminate()
{
    announce();
    std::terminate();
}
NOINLINE void handle_thread()
{
    std::thread t(handle_join);
    t.join();
}
NOINLINE void abort_in_catch()
{
    try {
        handle_join();
    } catch (const std::exception &) {
        abort();
    }
}
NOINLINE void fault_in_catch()
{
    try {
        handle_join();
    } catch (const std::exception &) {
        *reinterpret_cast<volatile int *>(static_cast<long>(calls)) = 1;
    }
}
NOINLINE void abort_after_catch()
{
    try {
        handle_join();
    } catch (const std::exception &) {
        calls = calls + 1;
    }
    abort();
}
NOINLINE void handle_plain_c()
{
    try {
        call_through_plain_c(handle_join);
    } catch (const std::exception &) {
        calls = calls + 1; /* never: no handler beyond the C function is found */
    }
}
NOINLINE void handle_bad_alloc()
{
    announce();
    struct rlimit limit = {256ul << 20, 256ul << 20};
    setrlimit(RLIMIT_AS, &limit);
    for (size_t n = 1 << 20;; n += n)
        calls = calls + (new char[n])[n / 2];
}
NOINLINE void handle_null_what()
{
    announce();
    throw null_what();
}

NOINLINE void handle_throwing_what()
{
    announce();
    throw throwing_what();
}
/* A sandbox that kills the thread for a call which abort() does not need. */
NOINLINE void handle_sandboxed()
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_process_vm_readv, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_THREAD),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {4, code};
    announce();
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
        _exit(70);
    throw parse_error("line 4");
}
NOINLINE void signalled(int)
{
    abort();
}
NOINLINE void abort_in_handler()
{
    announce();
    signal(SIGUSR1, signalled);
    raise(SIGUSR1);
}
NOINLINE void handle_nothing()
{
    announce();
    throw;
}
/* Some turn faults into exceptions. */
int *volatile nowhere;
NOINLINE void handle_fault()
{
    *nowhere = 1;
}
NOINLINE void throwing_handler()
{
    announce();
    signal(SIGSEGV, [](int) { throw std::runtime_error("access violation"); });
    handle_fault();
}
NOINLINE void survive()
{
    for (int i = 0; i < 1000; i++)
        try {
            throw std::runtime_error(std::string(static_cast<size_t>(i % 50), 'x'));
        } catch (const std::exception &e) {
            calls = calls + static_cast<int>(strlen(e.what()));
        }
    printf("%d\n", calls);
}
}

namespace
{

const struct verb {
    const char *name;
    void (*run)();
    bool in_main;
} verbs[] = {
    {"runtime", handle_join, false},
    {"runtime-main", handle_join, true},
    {"custom", handle_custom, false},
    {"custom-main", handle_custom, true},
    {"quota", handle_quota, false},
    {"coded", handle_coded, false},
    {"virtual", handle_virtual, false},
    {"halves", handle_halves, false},
    {"custom-handler", handle_with_handler, false},
    {"known-handler", handle_known_with_handler, false},
    {"logging-handler", handle_with_log, false},
    {"exiting-handler", handle_with_exit, true},
    {"int", handle_int, false},
    {"text", handle_text, false},
    {"hostile", handle_hostile, false},
    {"long", handle_long, false},
    {"system", handle_system, false},
    {"nested", handle_nested, false},
    {"rethrow", handle_rethrow, false},
    {"noexcept", handle_noexcept, false},
    {"noexcept-main", handle_noexcept, true},
    {"destructor", handle_destructor, false},
    {"pure", handle_pure, true},
    {"terminate", handle_terminate, false},
    {"std-thread", handle_thread, true},
    {"abort-in-catch", abort_in_catch, false},
    {"fault-in-catch", fault_in_catch, false},
    {"abort-after-catch", abort_after_catch, false},
    {"plain-c", handle_plain_c, false},
    {"bad-alloc", handle_bad_alloc, true},
    {"null-what", handle_null_what, false},
    {"throwing-what", handle_throwing_what, false},
    {"sandboxed", handle_sandboxed, false},
    {"abort-in-handler", abort_in_handler, true},
    {"nothing", handle_nothing, true},
    {"throwing-handler", throwing_handler, true},
    {"survive", survive, true},
};

void *worker(void *verb)
{
    static_cast<const struct verb *>(verb)->run();
    calls = calls + 1;
    return nullptr;
}

} // namespace

int run_verb(const char *name)
{
    for (const verb &v : verbs) {
        pthread_t thread;
        if (strcmp(v.name, name) != 0)
            continue;
        if (v.in_main)
            v.run();
        else if (pthread_create(&thread, nullptr, worker, const_cast<verb *>(&v)) == 0)
            pthread_join(thread, nullptr);
        return 0;
    }
    fprintf(stderr, "exceptions: no verb '%s'\n", name);
    return 70;
}

#ifndef PLUGIN
int main(int argc, char **argv)
{
    return run_verb(argc > 1 ? argv[1] : "");
}
#endif
