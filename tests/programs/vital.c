/* SPDX-License-Identifier: MIT */
/*
 * A server of which much is to be counted: vital CONNECTIONS THREADS [DESCRIPTORS]. It opens one descriptor of each kind,
 * pairs of connections, DESCRIPTORS copies of a file, and threads that wait in 'waits_for_work' or 'waits_for_end'. One
 * listener has a backlog of 1, and more clients. It says 'ready=PID', and obeys lines of stdin:
 *
 *   crash        writes through NULL
 *   close MS     for so long, lets a child connect, closes at once, and says how long the child waits for its end: worst_us=N
 *   serve        a thread reads from a connection, and writes through NULL; the other end says the port it has: port=N
 *   quit
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void check(int result, const char *what)
{
    if (result >= 0)
        return;
    perror(what);
    exit(2);
}

static int64_t now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static int listen_on(struct sockaddr_in *ret, int backlog)
{
    socklen_t bytes = sizeof *ret;
    *ret = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    check(bind(fd, (struct sockaddr *)ret, sizeof *ret), "bind");
    check(listen(fd, backlog), "listen");
    check(getsockname(fd, (struct sockaddr *)ret, &bytes), "getsockname");
    return fd;
}

static int connect_to(const struct sockaddr_in *address, int flags)
{
    int fd = socket(AF_INET, SOCK_STREAM | flags, 0);
    check(fd, "socket");
    if (connect(fd, (const struct sockaddr *)address, sizeof *address) < 0 && !flags)
        check(-1, "connect");
    return fd;
}

/* One of each kind. */
static void open_kinds(void)
{
    struct sockaddr_un local = {.sun_family = AF_UNIX};
    sigset_t none;
    int ends[2];
    sigemptyset(&none);
    check(epoll_create1(0), "epoll");
    check(eventfd(0, 0), "eventfd");
    check(timerfd_create(CLOCK_MONOTONIC, 0), "timerfd");
    check(signalfd(-1, &none, 0), "signalfd");
    check(inotify_init(), "inotify");
    check(memfd_create("vital", 0), "memfd");
    check(pipe(ends), "pipe");
    check(open("/", O_RDONLY | O_DIRECTORY), "/");
    check(socket(AF_INET, SOCK_DGRAM, 0), "udp");
    check(socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE), "netlink");
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    snprintf(local.sun_path, sizeof local.sun_path, "%s", "vital.sock");
    check(bind(fd, (struct sockaddr *)&local, sizeof local), "vital.sock");
    check(listen(fd, 1), "listen");
}

/* The last one has received something, and not read it. */
static void open_connections(int count)
{
    struct sockaddr_in address;
    int listener = listen_on(&address, 16), client = -1;
    for (int i = 0; i < count; i++) {
        client = connect_to(&address, 0);
        check(accept(listener, NULL, NULL), "accept");
    }
    if (count) {
        check((int)write(client, "hello", 5), "write");
        printf("client=%d\n", client);
    }
    listener = listen_on(&address, 1);
    for (int i = 0; i < 4; i++)
        (void)connect_to(&address, SOCK_NONBLOCK);
    printf("full=%d\n", ntohs(address.sin_port));
}

static void *waits_for_work(void *unused)
{
    for (;;)
        pause();
    return unused;
}

static void *waits_for_end(void *unused)
{
    for (;;)
        pause();
    return unused;
}

static void start_threads(int count)
{
    pthread_attr_t small;
    pthread_t thread;
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, 65536);
    for (int i = 0; i < count; i++)
        if (pthread_create(&thread, &small, i == 0 ? waits_for_end : waits_for_work, NULL) != 0)
            check(-1, "pthread_create");
}

/* How long a child waits for the end of connections that are closed at once. */
static void close_for(int ms)
{
    struct sockaddr_in address;
    int listener = listen_on(&address, 16);
    const int64_t end = now_us() + (int64_t)ms * 1000;
    pid_t child = fork();
    if (child == 0) {
        int64_t worst = 0;
        char byte;
        close(listener);
        while (now_us() < end) {
            int fd = connect_to(&address, 0);
            const int64_t begun = now_us();
            while (read(fd, &byte, 1) > 0)
                ;
            worst = now_us() - begun > worst ? now_us() - begun : worst;
            close(fd);
        }
        printf("worst_us=%lld\n", (long long)worst);
        fflush(stdout);
        _exit(0);
    }
    fcntl(listener, F_SETFL, O_NONBLOCK);
    while (waitpid(child, NULL, WNOHANG) == 0) {
        int fd = accept(listener, NULL, NULL);
        if (fd >= 0)
            close(fd);
        else
            usleep(100);
    }
    close(listener);
}

static void *serves_one(void *accepted)
{
    char text[16];
    if (read((int)(intptr_t)accepted, text, sizeof text) > 0)
        *(volatile int *)NULL = 0;
    return NULL;
}

static void serve(void)
{
    struct sockaddr_in address, own;
    socklen_t bytes = sizeof own;
    pthread_t thread;
    int listener = listen_on(&address, 16), client = connect_to(&address, 0);
    int accepted = accept(listener, NULL, NULL);
    check(accepted, "accept");
    check(getsockname(client, (struct sockaddr *)&own, &bytes), "getsockname");
    printf("port=%d\n", ntohs(own.sin_port));
    fflush(stdout);
    check((int)write(client, "hello", 5), "write");
    if (pthread_create(&thread, NULL, serves_one, (void *)(intptr_t)accepted) != 0)
        check(-1, "pthread_create");
    pthread_join(thread, NULL);
    printf("served=1\n");
    fflush(stdout);
}

int main(int argc, char **argv)
{
    char line[64];
    struct rlimit limit;
    const int descriptors = argc > 3 ? atoi(argv[3]) : 0;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    open_kinds();
    open_connections(argc > 1 ? atoi(argv[1]) : 0);
    int file = open("/etc/passwd", O_RDONLY);
    for (int i = 0; i < descriptors; i++)
        check(dup(file), "dup");
    start_threads(argc > 2 ? atoi(argv[2]) : 0);
    printf("ready=%d\n", (int)getpid());
    fflush(stdout);
    while (fgets(line, sizeof line, stdin)) {
        if (strcmp(line, "crash\n") == 0)
            *(volatile int *)NULL = 0;
        else if (strncmp(line, "close ", 6) == 0)
            close_for(atoi(line + 6));
        else if (strcmp(line, "serve\n") == 0)
            serve();
        else if (strcmp(line, "quit\n") == 0)
            return 0;
    }
    return 0;
}
