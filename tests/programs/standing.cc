// SPDX-License-Identifier: MIT
// Faults in a thread, each with another stack: standing CASE. What stands on the stack decides whether the
// thread can be ended, and how. -O2, and nothing is inlined that has a name here.
#include <arpa/inet.h>
#include <cassert>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <map>
#include <mutex>
#include <pthread.h>
#include <stdexcept>
#include <string>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

#define NOINLINE __attribute__((noinline, noclone))

static char *volatile bad = reinterpret_cast<char *>(8);
static volatile int sink;

struct Cleanup {
    ~Cleanup()
    {
        sink = sink + 1;
    }
};

/* May throw, as far as the compiler knows. */
void fault_here();
NOINLINE void fault_here()
{
    if (sink == 77)
        throw 1;
    *bad = 1;
    sink = sink + 1;
}

void plain()
{
    fault_here();
    sink = 1;
}

static void cleanup()
{
    Cleanup keeper;
    fault_here();
    sink = 2;
}

NOINLINE static void never_throws() noexcept
{
    fault_here();
    sink = 3;
}

static void swallows()
{
    try {
        fault_here();
    } catch (...) {
        sink = 4;
    }
}

static void catches_others()
{
    try {
        fault_here();
    } catch (const std::exception &) {
        sink = 5;
    }
}

/* The pc itself is in no call site: a trapping load among calls that can throw. */
static void gap()
{
    Cleanup keeper;
    fault_here();
}

extern "C" void may_throw(int value);
NOINLINE void may_throw(int value)
{
    if (sink == 77)
        throw value;
}

static void gap_here()
{
    Cleanup keeper;
    *bad = 2;
    may_throw(2);
}

static int compare(const void *left, const void *)
{
    sink = *static_cast<const int *>(left);
    fault_here();
    return 0;
}

static void sorts()
{
    int values[] = {3, 1, 2};
    qsort(values, 3, sizeof values[0], compare);
    sink = values[0];
}

static void copies()
{
    char buffer[64];
    memcpy(buffer, bad, static_cast<size_t>(sink + 48));
    sink = buffer[3];
}

static void measures()
{
    sink = static_cast<int>(strlen(bad));
}

NOINLINE static size_t tail_of_strlen(const char *text)
{
    return strlen(text);
}

static void measures_by_tail()
{
    sink = static_cast<int>(tail_of_strlen(bad)) + 1;
}

static void formats()
{
    char buffer[64];
    snprintf(buffer, sizeof buffer, "%s and more", bad);
    sink = buffer[0];
}

static void prints()
{
    printf("%s and more\n", bad);
    sink = 6;
}

static void tells_time()
{
    time_t now = 0;
    localtime_r(&now, reinterpret_cast<struct tm *>(bad));
    sink = 7;
}

/* A chunk's neighbour in the arena is overwritten: the fault is inside of malloc. */
static void corrupts()
{
    void *blocks[64];
    for (auto &block : blocks)
        block = malloc(0x500);
    for (size_t i = 0; i < 64; i += 2)
        free(blocks[i]);
    for (size_t i = 0; i < 64; i += 2) {
        auto **chunk = static_cast<char **>(blocks[i]);
        chunk[0] = chunk[1] = bad;
    }
    for (auto &block : blocks)
        block = malloc(0x700);
    sink = blocks[0] != nullptr;
}

static void (*volatile nothing)();
static void calls_null()
{
    nothing();
    sink = 8;
}

static void aborts()
{
    abort();
}

static void asserts()
{
    assert(sink == 99);
}

static void throws()
{
    throw std::runtime_error("bad input");
}

static void appends()
{
    std::string text("some words");
    text.append(bad, 100);
    sink = static_cast<int>(text.size());
}

static void initialises()
{
    static const std::string text = (fault_here(), std::string("x"));
    sink = static_cast<int>(text.size());
}

static void initialises_swallowed()
{
    try {
        initialises();
    } catch (...) {
        sink = 9;
    }
}

/* Nothing in it can throw: no landing pad gives the variable back. */
static void initialises_directly()
{
    struct Direct {
        int value;
        Direct() : value(sink)
        {
            *bad = 3;
        }
    };
    static Direct direct;
    sink = direct.value;
}

static void initialises_asserting()
{
    struct Direct {
        int value;
        Direct() : value(sink)
        {
            if (value != 99)
                abort();
        }
    };
    static Direct direct;
    sink = direct.value;
}

/* The inner one cannot throw, the outer one can: its landing pad gives back only the outer one. */
static void initialises_inner()
{
    struct Inner {
        int value;
        Inner() : value(sink)
        {
            *bad = 4;
        }
    };
    struct Outer {
        int value;
        Outer()
        {
            may_throw(1);
            static Inner inner;
            may_throw(2);
            value = inner.value;
        }
    };
    static Outer outer;
    sink = outer.value;
}

static std::string word(const char *text)
{
    return text;
}

/* Faults next to initialisers, with a landing pad of their own; and jumped over from further in. */
static void beside_initialiser()
{
    Cleanup keeper;
    if (sink == 78) {
        static const std::string before = word("before");
        sink = static_cast<int>(before.size());
    }
    fault_here();
    static const std::string after = word("after");
    sink = static_cast<int>(after.size());
}

static void beside_initialiser_jumped()
{
    Cleanup keeper;
    static const std::string before = word("before");
    sink = static_cast<int>(before.size());
    never_throws();
    *bad = 5;
    may_throw(static_cast<int>(before.size()));
}

/* The same function, outside or inside by its argument. */
NOINLINE static void outside_or_inside(bool is_inside)
{
    Cleanup keeper;
    if (!is_inside)
        fault_here();
    static const std::string text = (fault_here(), word("x"));
    sink = static_cast<int>(text.size());
}

static void outside_swallowed()
{
    try {
        outside_or_inside(false);
    } catch (...) {
        sink = 16;
    }
}

static void inside_swallowed()
{
    try {
        outside_or_inside(true);
    } catch (...) {
        sink = 17;
    }
}

static std::once_flag flag;
static void once()
{
    std::call_once(flag, fault_here);
    sink = 10;
}

NOINLINE static void once_swallowed()
{
    try {
        once();
    } catch (...) {
        sink = 11;
    }
}

static void handler(int)
{
    fault_here();
}

static void in_handler()
{
    signal(SIGUSR1, handler);
    raise(SIGUSR1);
    sink = 12;
}

NOINLINE static int deep(int depth)
{
    if (depth == 0)
        fault_here();
    int result = deep(depth - 1) + 1;
    sink = result;
    return result;
}

static void too_deep()
{
    sink = deep(400);
}

/* Waits in recv, until somebody raises the signal for it: as where a drill strikes. */
static void receives()
{
    int pair[2];
    char byte;
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0)
        sink = static_cast<int>(recv(pair[0], &byte, 1, 0));
}

static void locks()
{
    pthread_mutex_lock(reinterpret_cast<pthread_mutex_t *>(bad));
    sink = 13;
}

static const std::map<std::string, void (*)()> &cases()
{
    static const std::map<std::string, void (*)()> table{
        {"plain", plain},
        {"cleanup", cleanup},
        {"noexcept", never_throws},
        {"swallows", swallows},
        {"catches_others", catches_others},
        {"gap", gap},
        {"gap_here", gap_here},
        {"sorts", sorts},
        {"copies", copies},
        {"measures", measures},
        {"measures_by_tail", measures_by_tail},
        {"formats", formats},
        {"prints", prints},
        {"tells_time", tells_time},
        {"corrupts", corrupts},
        {"calls_null", calls_null},
        {"aborts", aborts},
        {"asserts", asserts},
        {"throws", throws},
        {"appends", appends},
        {"initialises", initialises},
        {"initialises_swallowed", initialises_swallowed},
        {"initialises_directly", initialises_directly},
        {"initialises_asserting", initialises_asserting},
        {"initialises_inner", initialises_inner},
        {"beside_initialiser", beside_initialiser},
        {"beside_initialiser_jumped", beside_initialiser_jumped},
        {"outside_swallowed", outside_swallowed},
        {"inside_swallowed", inside_swallowed},
        {"once", once},
        {"once_swallowed", once_swallowed},
        {"in_handler", in_handler},
        {"too_deep", too_deep},
        {"receives", receives},
        {"locks", locks},
    };
    return table;
}

static void (*chosen)();

static void *routine(void *)
{
    chosen();
    sink = 14;
    return nullptr;
}

int main(int argc, char **argv)
{
    std::string name = argc > 1 ? argv[1] : "";
    auto found = cases().find(name);
    if (found == cases().end()) {
        fprintf(stderr, "usage: standing CASE [std]\n");
        return 2;
    }
    chosen = found->second;
    if (argc > 2) {
        std::thread thread([] {
            chosen();
            sink = 15;
        });
        thread.join();
        return 0;
    }
    pthread_t thread;
    if (pthread_create(&thread, nullptr, routine, nullptr) != 0)
        return 1;
    if (name == "receives") {
        usleep(50000);
        pthread_kill(thread, SIGSEGV);
    }
    pthread_join(thread, nullptr);
    return 0;
}
