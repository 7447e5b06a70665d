/* SPDX-License-Identifier: MIT */
/*
 * Threads that wait, each in its own way: waiting WAY..., where a way may end in *N (so many threads). Each thread has the name of
 * its way. Prints 'ready' when all have been asleep for a while.
 */
#include <dirent.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define THREADS_MAX 2048

static pthread_mutex_t first_lock = PTHREAD_MUTEX_INITIALIZER, second_lock = PTHREAD_MUTEX_INITIALIZER,
                       third_lock = PTHREAD_MUTEX_INITIALIZER, held_lock = PTHREAD_MUTEX_INITIALIZER,
                       own_lock = PTHREAD_MUTEX_INITIALIZER, outer_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t robust_lock, pi_lock;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static pthread_mutex_t condition_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER, read_lock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_barrier_t barrier;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static sem_t semaphore;
static pthread_t sleeper;
static const struct timespec a_while = {5000, 0};

static void nap(void)
{
    usleep(200000);
}

/* Takes one lock, and when the others have theirs, the next. */
static void take_both(pthread_mutex_t *one, pthread_mutex_t *other)
{
    pthread_mutex_lock(one);
    nap();
    pthread_mutex_lock(other);
}

static void circle_a(void)
{
    take_both(&first_lock, &second_lock);
}
static void circle_b(void)
{
    take_both(&second_lock, &third_lock);
}
static void circle_c(void)
{
    take_both(&third_lock, &first_lock);
}

static void take_timed(pthread_mutex_t *one, pthread_mutex_t *other)
{
    struct timespec end;
    pthread_mutex_lock(one);
    nap();
    clock_gettime(CLOCK_REALTIME, &end);
    end.tv_sec += 5000;
    pthread_mutex_timedlock(other, &end);
}

static void timed_a(void)
{
    take_timed(&first_lock, &second_lock);
}
static void timed_b(void)
{
    take_timed(&second_lock, &first_lock);
}

static void own(void)
{
    take_both(&own_lock, &own_lock);
}

static void holder(void)
{
    pthread_mutex_lock(&held_lock);
    pthread_mutex_lock(&robust_lock);
    pthread_mutex_lock(&pi_lock);
    pthread_rwlock_wrlock(&rwlock);
    pthread_rwlock_rdlock(&read_lock);
    pause();
}
static void mutex(void)
{
    take_both(&outer_lock, &held_lock);
}
static void plain(void)
{
    nap();
    pthread_mutex_lock(&held_lock);
}
static void robust(void)
{
    nap();
    pthread_mutex_lock(&robust_lock);
}
static void pi(void)
{
    nap();
    pthread_mutex_lock(&pi_lock);
}
static void reader(void)
{
    nap();
    pthread_rwlock_rdlock(&rwlock);
}
static void writer(void)
{
    nap();
    pthread_rwlock_wrlock(&read_lock);
}
static void cond(void)
{
    pthread_mutex_lock(&condition_lock);
    pthread_cond_wait(&condition, &condition_lock);
}
static void cond_timed(void)
{
    struct timespec end;
    clock_gettime(CLOCK_REALTIME, &end);
    end.tv_sec += 5000;
    pthread_mutex_lock(&condition_lock);
    pthread_cond_timedwait(&condition, &condition_lock, &end);
}
static void sem(void)
{
    sem_wait(&semaphore);
}
static void barred(void)
{
    pthread_barrier_wait(&barrier);
}
static void once_body(void)
{
    pause();
}
static void once_first(void)
{
    pthread_once(&once, once_body);
}
static void once_next(void)
{
    nap();
    pthread_once(&once, once_body);
}
static void sleeps(void)
{
    sleeper = pthread_self();
    nanosleep(&a_while, NULL);
}
static void join(void)
{
    nap();
    pthread_join(sleeper, NULL);
}

static void do_epoll(void)
{
    struct epoll_event event;
    epoll_wait(epoll_create1(0), &event, 1, -1);
}
static void epoll_timed(void)
{
    struct epoll_event event;
    epoll_wait(epoll_create1(0), &event, 1, 5000000);
}
static void do_poll(void)
{
    int ends[2] = {-1, -1};
    struct pollfd *polled = calloc(3, sizeof *polled);
    (void)!pipe(ends);
    polled[0] = (struct pollfd){ends[0], POLLIN, 0};
    polled[1] = (struct pollfd){dup(ends[0]), POLLIN, 0};
    polled[2] = (struct pollfd){dup(ends[0]), POLLIN, 0};
    printf("polled=%d, %d, %d\n", polled[0].fd, polled[1].fd, polled[2].fd);
    poll(polled, 3, 5000000);
}
/* clock_nanosleep() to a deadline; its seconds are those of the clock, not those that are left. */
static void deadline(void)
{
    struct timespec end = {2000000000, 250000000};
    clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &end, NULL);
}

static void do_pselect(void)
{
    struct timespec limit = {5000, 0};
    pselect(0, NULL, NULL, NULL, &limit, NULL);
}

static void do_select(void)
{
    int ends[2] = {-1, -1};
    fd_set set;
    (void)!pipe(ends);
    FD_ZERO(&set);
    FD_SET(ends[0], &set);
    printf("selected=%d\n", ends[0]);
    select(ends[0] + 1, &set, NULL, NULL, NULL);
}
static void do_read(void)
{
    int ends[2] = {-1, -1};
    char byte;
    (void)!pipe(ends);
    (void)!read(ends[0], &byte, 1);
}
static void do_write(void)
{
    int ends[2] = {-1, -1};
    (void)!pipe2(ends, O_NONBLOCK);
    while (write(ends[1], "", 1) == 1)
        ; /* of a longer one, a part would be written: that it was interrupted could not be seen */
    (void)fcntl(ends[1], F_SETFL, 0);
    (void)!write(ends[1], "", 1);
}
static void do_recv(void)
{
    int ends[2] = {-1, -1};
    char byte;
    (void)socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
    (void)recv(ends[0], &byte, 1, 0);
}
static void recv_timed(void)
{
    const struct timeval limit = {5000, 0};
    int ends[2] = {-1, -1};
    char byte;
    (void)socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
    (void)setsockopt(ends[0], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    (void)recv(ends[0], &byte, 1, 0);
}
static void do_accept(void)
{
    struct sockaddr_in any = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof any;
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    (void)bind(fd, (struct sockaddr *)&any, sizeof any);
    (void)listen(fd, 1);
    (void)getsockname(fd, (struct sockaddr *)&any, &size);
    printf("accepting=%d %d\n", fd, ntohs(any.sin_port));
    (void)accept(fd, NULL, NULL);
}
static void do_flock(void)
{
    const int one = open("/tmp", O_RDONLY | O_TMPFILE | O_RDWR, 0600);
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", one);
    flock(one, LOCK_EX);
    flock(open(path, O_RDWR), LOCK_EX);
}
/* The child ends with this program. */
static void wait_child(void)
{
    const pid_t parent = getpid();
    if (fork() == 0)
        while (getppid() == parent)
            usleep(50000);
    if (getpid() != parent)
        _exit(0);
    waitpid(-1, NULL, 0);
}
static void do_pause(void)
{
    pause();
}
static void sig(void)
{
    sigset_t set;
    int number;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigaddset(&set, SIGUSR2);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    sigwait(&set, &number);
}
static void spins(void)
{
    for (volatile long i = 0;; i++)
        ;
}

static const struct way {
    const char *name;
    void (*run)(void);
} ways[] = {
    {"circle-a", circle_a},
    {"circle-b", circle_b},
    {"circle-c", circle_c},
    {"timed-a", timed_a},
    {"timed-b", timed_b},
    {"own", own},
    {"holder", holder},
    {"mutex", mutex},
    {"plain", plain},
    {"robust", robust},
    {"pi", pi},
    {"reader", reader},
    {"writer", writer},
    {"cond", cond},
    {"cond-timed", cond_timed},
    {"sem", sem},
    {"barrier", barred},
    {"once-first", once_first},
    {"once", once_next},
    {"sleeps", sleeps},
    {"join", join},
    {"epoll", do_epoll},
    {"epoll-timed", epoll_timed},
    {"poll", do_poll},
    {"select", do_select},
    {"pselect", do_pselect},
    {"deadline", deadline},
    {"read", do_read},
    {"write", do_write},
    {"recv", do_recv},
    {"recv-timed", recv_timed},
    {"accept", do_accept},
    {"flock", do_flock},
    {"wait", wait_child},
    {"pause", do_pause},
    {"signal", sig},
    {"spins", spins},
};

static void *run(void *argument)
{
    const struct way *way = argument;
    pthread_setname_np(pthread_self(), way->name);
    way->run();
    return NULL;
}

static void start(const char *word)
{
    const char *star = strchr(word, '*');
    const size_t size = star ? (size_t)(star - word) : strlen(word);
    const int count = star ? atoi(star + 1) : 1;
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        if (strlen(ways[i].name) != size || memcmp(ways[i].name, word, size) != 0)
            continue;
        for (int k = 0; k < count && k < THREADS_MAX; k++) {
            pthread_t thread;
            pthread_attr_t small;
            pthread_attr_init(&small);
            pthread_attr_setstacksize(&small, 128 << 10);
            if (pthread_create(&thread, &small, run, (void *)(uintptr_t)&ways[i]) != 0)
                exit(3);
        }
        return;
    }
    fprintf(stderr, "waiting: no such way: %s\n", word);
    exit(2);
}

/* Threads that run or are to run now, but this one. */
static int count_running(void)
{
    char path[300], text[200];
    int running = 0;
    DIR *tasks = opendir("/proc/self/task");
    for (const struct dirent *entry; tasks && (entry = readdir(tasks));) {
        snprintf(path, sizeof path, "/proc/self/task/%s/stat", entry->d_name);
        FILE *file = fopen(path, "r");
        if (!file)
            continue;
        const char *state = fgets(text, sizeof text, file) ? strrchr(text, ')') : NULL;
        running += atoi(entry->d_name) != getpid() && entry->d_name[0] != '.' && state && state[2] == 'R';
        fclose(file);
    }
    if (tasks)
        closedir(tasks);
    return running;
}

/* Several looks in a row: a thread may sleep on its way, too. */
static void wait_until_asleep(int count, char **kinds)
{
    int spinning = 0, quiet = 0;
    for (int i = 0; i < count; i++)
        spinning += strcmp(kinds[i], "spins") == 0;
    for (int i = 0; i < 400 && quiet < 6; i++) {
        usleep(100000);
        quiet = count_running() <= spinning ? quiet + 1 : 0;
    }
}

int main(int argc, char **argv)
{
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    pthread_mutex_init(&robust_lock, &attributes);
    pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_STALLED);
    pthread_mutexattr_setprotocol(&attributes, PTHREAD_PRIO_INHERIT);
    pthread_mutex_init(&pi_lock, &attributes);
    pthread_barrier_init(&barrier, NULL, THREADS_MAX);
    sem_init(&semaphore, 0, 0);
    for (int i = 1; i < argc; i++)
        start(argv[i]);
    wait_until_asleep(argc - 1, argv + 1);
    printf("ready\n");
    fflush(stdout);
    pause();
    return 0;
}
