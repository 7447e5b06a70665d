/* SPDX-License-Identifier: MIT */
/*
 * The attacker: connects, waits for the greeting, sends the bad message, sees what becomes of the connection,
 * and comes again, at a fixed rate whatever the answers are.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#include "client.h"

enum outcome { ANSWERED, DISCONNECTED, REFUSED, HUNG, UNREACHABLE, OUTCOMES };

static struct {
    atomic_long count[OUTCOMES];
    atomic_long next;         /* message */
    atomic_llong slowest_eof; /* nanoseconds from the message to the end of the connection */
    int64_t start, pause;
    long messages;
} storm;

static void keep_slowest(int64_t duration)
{
    long long slowest = storm.slowest_eof;
    while (duration > slowest && !atomic_compare_exchange_weak(&storm.slowest_eof, &slowest, duration))
        ;
}

static enum outcome attempt(const struct options *options)
{
    struct link link;
    char line[ANSWER_BYTES];
    if (link_open(&link, options) != LINK_OK)
        return UNREACHABLE;
    enum outcome outcome = HUNG;
    enum link_result result = link_receive(&link, line, sizeof line);
    if (result == LINK_EOF) {
        outcome = REFUSED; /* without a greeting */
    } else if (result == LINK_OK) {
        int64_t sent = now_ns();
        result = link_send(&link, options->message);
        if (result == LINK_OK)
            result = link_receive(&link, line, sizeof line);
        if (result == LINK_EOF)
            keep_slowest(now_ns() - sent);
        outcome = result == LINK_OK ? ANSWERED : result == LINK_EOF ? DISCONNECTED : HUNG;
    }
    link_close(&link);
    return outcome;
}

static void *run_attacker(void *argument)
{
    const struct options *options = argument;
    long number;
    while ((number = storm.next++) < storm.messages) {
        sleep_until(storm.start + storm.pause * number);
        storm.count[attempt(options)]++;
    }
    return NULL;
}

int attack(const struct options *options)
{
    pthread_t threads[MOST_CLIENTS];
    storm.start = now_ns();
    storm.pause = (int64_t)(1e9 / options->rate);
    storm.messages = (long)(options->seconds * options->rate);
    for (int i = 0; i < options->clients; i++) {
        if (pthread_create(&threads[i], NULL, run_attacker, (void *)options) != 0)
            return 1;
    }
    for (int i = 0; i < options->clients; i++)
        pthread_join(threads[i], NULL);
    const char *format =
        options->json ? "{\"messages\": %ld, \"answered\": %ld, \"disconnected\": %ld, \"refused\": %ld, "
                        "\"hung\": %ld, "
                        "\"unreachable\": %ld, \"seconds\": %.1f, \"slowest_eof_ms\": %.1f}\n"
                      : "%ld messages: %ld answered, %ld disconnected, %ld refused at the door, %ld hung, "
                        "%ld unreachable, in %.1f s; slowest end of a connection after %.1f ms\n";
    printf(format, storm.messages, (long)storm.count[ANSWERED], (long)storm.count[DISCONNECTED],
           (long)storm.count[REFUSED], (long)storm.count[HUNG], (long)storm.count[UNREACHABLE],
           (double)(now_ns() - storm.start) / 1e9, (double)storm.slowest_eof / 1e6);
    return storm.count[HUNG] == 0 && storm.count[UNREACHABLE] == 0 ? 0 : 1;
}
