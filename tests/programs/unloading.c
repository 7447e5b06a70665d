/* SPDX-License-Identifier: MIT */
/*
 * Faults in libraries that dlclose has unloaded, and dlclose where nothing is to be seen of crumple.
 *
 *   unloading VERB LIBRARY
 */
#include <dirent.h>
#include <dlfcn.h>
#include <link.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define NOINLINE __attribute__((noinline, noipa))
#define CYCLES   1000
#define THREADS  4

typedef int (*adder)(int, int);
typedef int (*waiter)(int);

static const char *library;
static volatile int result;
static int feed[2];
static void *plugin;
static volatile int waiting_tid;

static void announce(void)
{
    int tasks = -2;
    DIR *folder = opendir("/proc/self/task");
    while (folder && readdir(folder))
        tasks++;
    if (folder)
        closedir(folder);
    dprintf(1, "pid=%d\ntid=%ld\ntasks=%d\n", getpid(), syscall(SYS_gettid), tasks);
}

static void *load(int flags)
{
    void *handle = dlopen(library, RTLD_NOW | flags);
    if (!handle) {
        fprintf(stderr, "unloading: %s\n", dlerror());
        exit(70);
    }
    return handle;
}

static void tell(const void *address, const void *symbol)
{
    Dl_info info;
    if (dladdr(symbol, &info))
        dprintf(1, "offset=0x%lx\n", (unsigned long)((const char *)address - (const char *)info.dli_fbase));
}

NOINLINE static int call_plugin(adder add)
{
    int sum = add(1, 2);
    return sum + 1;
}

static void *call(void *unused)
{
    void *handle = load(0);
    adder add = (adder)dlsym(handle, "plugin_add");
    result = call_plugin(add);
    tell((void *)add, (void *)add);
    dlclose(handle);
    announce();
    result = call_plugin(add);
    return unused;
}

NOINLINE static int read_plugin(const volatile int *data)
{
    return data[1000];
}

static void *data(void *unused)
{
    void *handle = load(0);
    int *array = dlsym(handle, "plugin_data");
    tell(array + 1000, array);
    dlclose(handle);
    announce();
    result = read_plugin(array);
    return unused;
}

NOINLINE static int wait_in_plugin(waiter wait_for)
{
    int got = wait_for(feed[0]);
    return got + 1;
}

static void *wait_there(void *unused)
{
    waiter wait_for = (waiter)dlsym(plugin, "plugin_wait");
    announce();
    waiting_tid = (int)syscall(SYS_gettid);
    result = wait_in_plugin(wait_for);
    return unused;
}

static void *reused(void *unused)
{
    void *handle = load(0);
    adder add = (adder)dlsym(handle, "plugin_add");
    void *page = (void *)((unsigned long)add & ~4095ul);
    dlclose(handle);
    if (mmap(page, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != page)
        exit(70);
    announce();
    result = call_plugin(add);
    return unused;
}

static void *null(void)
{
    announce();
    *(volatile int *)0 = 1;
    return NULL;
}

static void *nodelete(void *unused)
{
    (void)unused;
    dlclose(load(RTLD_NODELETE));
    return null();
}

static void *counted(void *unused)
{
    (void)unused;
    load(0);
    dlclose(load(0));
    return null();
}

static void *many(void *unused)
{
    int i;
    (void)unused;
    for (i = 0; i < 200; i++)
        dlclose(load(0));
    return null();
}

static void *cycles(void *sum)
{
    int i;
    for (i = 0; i < CYCLES; i++) {
        void *handle = load(i % 3 ? 0 : RTLD_GLOBAL);
        adder add = (adder)dlsym(handle, "plugin_add");
        *(long *)sum += add ? add(i, 1) : 0;
        *(long *)sum += dlclose(handle);
    }
    return NULL;
}

static int cycle_in_threads(void)
{
    pthread_t thread[THREADS];
    long sum[THREADS] = {0}, i;
    for (i = 0; i < THREADS; i++)
        if (pthread_create(&thread[i], NULL, cycles, &sum[i]) != 0)
            return 70;
    for (i = 0; i < THREADS; i++) {
        pthread_join(thread[i], NULL);
        printf("%ld\n", sum[i]);
    }
    /* What dlclose says of nonsense is its own. */
    printf("%d %s\n", dlclose((void *)&feed) != 0, dlerror() ? "said" : "silent");
    printf("%s\n", dlerror() ? "again" : "once");
    return 0;
}

/* Nanoseconds of a dlopen with its dlclose. */
static int measure(void)
{
    struct timespec a, b;
    long sum = 0;
    cycles(&sum);
    clock_gettime(CLOCK_MONOTONIC, &a);
    cycles(&sum);
    clock_gettime(CLOCK_MONOTONIC, &b);
    printf("%ld\n", ((b.tv_sec - a.tv_sec) * 1000000000 + b.tv_nsec - a.tv_nsec) / CYCLES);
    return 0;
}

static const struct {
    const char *name;
    void *(*run)(void *);
} crimes[] = {
    {"call", call},         {"data", data},       {"return", wait_there}, {"reused", reused},
    {"nodelete", nodelete}, {"counted", counted}, {"many", many},
};

/* Until the other thread is inside read(2). */
static void await_reader(void)
{
    char path[64], text[64], wanted[32];
    snprintf(wanted, sizeof wanted, "%d 0x%x ", SYS_read, (unsigned)feed[0]);
    for (text[0] = '\0'; strncmp(text, wanted, strlen(wanted)) != 0; usleep(1000)) {
        FILE *file;
        snprintf(path, sizeof path, "/proc/self/task/%d/syscall", waiting_tid);
        file = waiting_tid ? fopen(path, "r") : NULL;
        if (!file || !fgets(text, sizeof text, file))
            text[0] = '\0';
        if (file)
            fclose(file);
    }
}

int main(int argc, char **argv)
{
    const char *verb = argc > 2 ? argv[1] : "";
    pthread_t thread;
    size_t i;
    library = argc > 2 ? argv[2] : "";
    if (strcmp(verb, "cycles") == 0)
        return cycle_in_threads();
    if (strcmp(verb, "measure") == 0)
        return measure();
    for (i = 0; i < sizeof crimes / sizeof crimes[0]; i++) {
        if (strcmp(crimes[i].name, verb) != 0)
            continue;
        if (strcmp(verb, "return") == 0) {
            plugin = load(0);
            if (pipe(feed) != 0)
                return 70;
        }
        if (pthread_create(&thread, NULL, crimes[i].run, NULL) != 0)
            return 70;
        if (plugin) {
            await_reader();
            dlclose(plugin);
            if (write(feed[1], "x", 1) != 1)
                return 70;
        }
        pthread_join(thread, NULL);
        return 0;
    }
    fprintf(stderr, "unloading: VERB LIBRARY\n");
    return 70;
}
