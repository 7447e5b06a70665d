/* SPDX-License-Identifier: MIT */
/* A server of an image with musl. musl_server fault | wait | deaf | listen PORT | STATUS, or run PROGRAM ARGUMENT...: what
 * env(1) does. deaf ignores SIGTERM; the first byte 'x' of a client ends the one that listens. */
#include <arpa/inet.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int *volatile nothing;

__attribute__((noinline)) static void handle_request(void)
{
    *nothing = 1;
}

static void answer_at(const char *port)
{
    const struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port)), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    const int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(fd, (const struct sockaddr *)&address, sizeof address) < 0 || listen(fd, 64) < 0)
        exit(1);
    for (;;) {
        char byte = 0;
        int client = accept(fd, NULL, NULL);
        if (read(client, &byte, 1) == 1 && byte == 'x')
            handle_request();
        (void)!write(client, &byte, 1);
        (void)close(client);
    }
}

static void *serve(void *words)
{
    char *const *does = words;
    if (strcmp(does[0], "fault") == 0)
        handle_request();
    if (strcmp(does[0], "listen") == 0 && does[1])
        answer_at(does[1]);
    for (;;)
        pause();
}

int main(int argc, char **argv)
{
    char *does = argc > 1 ? argv[1] : "0";
    pthread_t thread;
    if (strcmp(does, "run") == 0 && argc > 2) {
        execvp(argv[2], argv + 2);
        return 127;
    }
    if (strspn(does, "0123456789") == strlen(does))
        return atoi(does);
    if (strcmp(does, "deaf") == 0)
        (void)signal(SIGTERM, SIG_IGN);
    if (pthread_create(&thread, NULL, serve, argv + 1) != 0)
        return 1;
    puts("ready");
    (void)fflush(stdout);
    for (;;)
        pause();
}
