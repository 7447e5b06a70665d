/* SPDX-License-Identifier: MIT */
/* A thread for each connection: reads a line, has it answered, sends the answer. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "arena.h"

#define STACK_BYTES ((size_t)256 * 1024)
#define IDLE_S      60

void reply(struct connection *connection, const char *format, ...)
{
    size_t room = sizeof connection->answer - connection->answer_used;
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(connection->answer + connection->answer_used, room, format, arguments);
    va_end(arguments);
    if (length > 0)
        connection->answer_used += (size_t)length < room ? (size_t)length : room - 1;
}

static bool send_answer(struct connection *connection)
{
    size_t sent = 0;
    if (connection->answer_used == sizeof connection->answer - 1)
        connection->answer_used--; /* cut off, but a line all the same */
    connection->answer[connection->answer_used++] = '\n';
    while (sent < connection->answer_used) {
        ssize_t count =
            send(connection->socket, connection->answer + sent, connection->answer_used - sent, MSG_NOSIGNAL);
        if (count < 0 && errno != EINTR)
            return false;
        sent += count > 0 ? (size_t)count : 0;
    }
    connection->answer_used = 0;
    return true;
}

/* The next line, without its end; it stays until the next call. NULL: the client has gone or talks nonsense.
 */
static char *read_line(struct connection *connection, size_t *line_bytes)
{
    memmove(connection->input, connection->input + *line_bytes, connection->input_used - *line_bytes);
    connection->input_used -= *line_bytes;
    for (;;) {
        char *end = memchr(connection->input, '\n', connection->input_used);
        if (end != NULL) {
            *line_bytes = (size_t)(end - connection->input) + 1;
            if (end > connection->input && end[-1] == '\r')
                end--;
            *end = '\0';
            return connection->input;
        }
        size_t room = sizeof connection->input - connection->input_used;
        if (room == 0)
            return NULL;
        ssize_t count = recv(connection->socket, connection->input + connection->input_used, room, 0);
        if (count == 0 || (count < 0 && errno != EINTR))
            return NULL;
        connection->input_used += count > 0 ? (size_t)count : 0;
    }
}

static void serve(struct connection *connection)
{
    size_t line_bytes = 0;
    char *line;
    reply(connection, "ARENA");
    while (send_answer(connection) && !connection->over &&
           (line = read_line(connection, &line_bytes)) != NULL) {
        world_seen(&connection->player);
        handle_message(connection, line);
    }
}

static void *conn_handler(void *argument)
{
    struct connection connection = {.socket = (int)(intptr_t)argument, .player = {-1, 0, -1, -1}};
    int on = 1;
    struct timeval idle = {.tv_sec = IDLE_S};
    setsockopt(connection.socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(connection.socket, SOL_SOCKET, SO_RCVTIMEO, &idle, sizeof idle);
    serve(&connection);
    world_remove(&connection.player);
    close(connection.socket);
    return NULL;
}

int connection_start(int socket)
{
    pthread_attr_t attributes;
    pthread_t thread;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, STACK_BYTES);
    int error = pthread_create(&thread, &attributes, conn_handler, (void *)(intptr_t)socket);
    pthread_attr_destroy(&attributes);
    return error;
}
