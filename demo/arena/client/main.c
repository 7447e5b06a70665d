/* SPDX-License-Identifier: MIT */
/* Options of the load client. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "client.h"

static void usage(FILE *to)
{
    fprintf(
        to,
        "arena-client [OPTIONS] play       players who check every answer; fails if one was lost or wrong\n"
        "arena-client [OPTIONS] visit      players who come and go until SIGTERM; fails if one was left "
        "waiting\n"
        "arena-client [OPTIONS] attack     one bad message after the other, each on its own connection\n"
        "arena-client [OPTIONS] say LINE...  one conversation; status 3: the server has closed it\n"
        "  -a ADDRESS  the server (127.0.0.1)      -p PORT     (7777)\n"
        "  -s ADDRESS  connect from, 127.0.0.66 for example\n"
        "  -n NUMBER   players (50) or connections of the attacker at a time (4)\n"
        "  -d SECONDS  (10)\n"
        "  -r RATE     messages a second, of each player (10) or of all attackers together (100)\n"
        "  -m MATCHES  to play in (8)\n"
        "  -x MESSAGE  of the attacker (EMOTE)\n"
        "  -j          JSON\n");
}

static bool read_options(int count, char **arguments, struct options *options)
{
    int option;
    while ((option = getopt(count, arguments, "a:p:s:n:d:r:m:x:jh")) != -1) {
        switch (option) {
        case 'a':
            options->address = optarg;
            break;
        case 'p':
            options->port = atoi(optarg);
            break;
        case 's':
            options->source = optarg;
            break;
        case 'n':
            options->clients = atoi(optarg);
            break;
        case 'd':
            options->seconds = atof(optarg);
            break;
        case 'r':
            options->rate = atof(optarg);
            break;
        case 'm':
            options->matches = atoi(optarg);
            break;
        case 'x':
            options->message = optarg;
            break;
        case 'j':
            options->json = true;
            break;
        case 'h':
            usage(stdout);
            exit(0);
        default:
            return false;
        }
    }
    return optind < count && options->clients >= 0 && options->clients <= MOST_CLIENTS &&
           options->rate >= 0 && options->seconds > 0 && options->matches > 0;
}

int main(int count, char **arguments)
{
    struct options options = {
        .address = "127.0.0.1", .port = 7777, .seconds = 10, .matches = 8, .message = "EMOTE"};
    if (read_options(count, arguments, &options)) {
        switch (arguments[optind][0]) {
        case 'p':
            options.clients = options.clients > 0 ? options.clients : 50;
            options.rate = options.rate > 0 ? options.rate : 10;
            return play(&options);
        case 'v':
            options.clients = options.clients > 0 ? options.clients : 8;
            options.rate = options.rate > 0 ? options.rate : 200;
            return visit(&options);
        case 'a':
            options.clients = options.clients > 0 ? options.clients : 4;
            options.rate = options.rate > 0 ? options.rate : 100;
            return attack(&options);
        case 's':
            return talk(&options, arguments + optind + 1, (size_t)(count - optind - 1));
        default:
            break;
        }
    }
    usage(stderr);
    return 2;
}
