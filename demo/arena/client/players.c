/* SPDX-License-Identifier: MIT */
/*
 * Innocent players: each has a connection and a thread, sends a message, waits for its answer, and knows what
 * the answer must be. Nobody reconnects: a connection that ends is a player lost.
 */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client.h"

#define VISIT_MESSAGES 20

struct player {
    const struct options *options;
    int number;
    struct link link;
    char name[32];
    int x, y;
    long score;
    unsigned random;
    bool connected, disconnected;
    int64_t ended_ns; /* when the connection ended */
    long sent, answered, wrong;
    char complaint[160]; /* the first wrong answer */
    uint32_t *latency_us;
    size_t latencies, most_latencies;
};

static pthread_barrier_t everybody_is_there;

static int chance(struct player *player, int of)
{
    player->random = player->random * 1103515245u + 12345u;
    return (int)((player->random >> 16) % (unsigned)of);
}

/* Sends a message and takes its answer. False: there was none. */
static bool ask(struct player *player, const char *message, char *ret_answer, size_t size)
{
    int64_t start = now_ns();
    player->sent++;
    enum link_result result = link_send(&player->link, message);
    if (result == LINK_OK)
        result = link_receive(&player->link, ret_answer, size);
    if (result == LINK_OK) {
        player->answered++;
        if (player->latencies < player->most_latencies)
            player->latency_us[player->latencies++] = (uint32_t)((now_ns() - start) / 1000);
        return true;
    }
    player->disconnected = result == LINK_EOF;
    player->ended_ns = now_ns();
    return false;
}

static void judge(struct player *player, bool right, const char *message, const char *answer)
{
    if (right)
        return;
    if (player->wrong++ == 0)
        snprintf(player->complaint, sizeof player->complaint, "%s: %.20s -> %.100s", player->name, message,
                 answer);
}

/* Asks for what must be answered with exactly that. */
static bool demand(struct player *player, const char *message, const char *wanted)
{
    char answer[ANSWER_BYTES];
    if (!ask(player, message, answer, sizeof answer))
        return false;
    judge(player, strncmp(answer, wanted, strlen(wanted)) == 0, message, answer);
    return true;
}

static int within(int value)
{
    return value < 0 ? 0 : value > 999 ? 999 : value;
}

static bool move(struct player *player)
{
    char message[64], wanted[64];
    int dx = chance(player, 101) - 50, dy = chance(player, 101) - 50;
    player->x = within(player->x + dx);
    player->y = within(player->y + dy);
    snprintf(message, sizeof message, "MOVE %d %d", dx, dy);
    snprintf(wanted, sizeof wanted, "OK %d %d", player->x, player->y);
    return demand(player, message, wanted);
}

static bool score(struct player *player)
{
    char message[64], wanted[64];
    int points = chance(player, 10);
    player->score += points;
    snprintf(message, sizeof message, "SCORE %d", points);
    snprintf(wanted, sizeof wanted, "OK %ld", player->score);
    return demand(player, message, wanted);
}

static bool look(struct player *player)
{
    char answer[ANSWER_BYTES], wanted[80];
    if (!ask(player, "STATE", answer, sizeof answer))
        return false;
    snprintf(wanted, sizeof wanted, " %s:%d:%d:", player->name, player->x, player->y);
    judge(player, strstr(answer, wanted) != NULL, "STATE", answer);
    return true;
}

static bool act(struct player *player)
{
    int dice = chance(player, 100);
    if (dice < 50)
        return move(player);
    if (dice < 70)
        return look(player);
    if (dice < 80)
        return score(player);
    if (dice < 90)
        return demand(player, "PING", "PONG");
    if (dice < 93)
        return demand(player, "SAY hello there", "OK");
    if (dice < 96)
        return demand(player, "EMOTE waves", "OK");
    return demand(player, "NEWS", "NEWS");
}

static bool enter(struct player *player)
{
    char line[ANSWER_BYTES];
    if (link_open(&player->link, player->options) != LINK_OK)
        return false;
    enum link_result greeting = link_receive(&player->link, line, sizeof line);
    player->disconnected = greeting == LINK_EOF;
    if (greeting != LINK_OK)
        return false;
    snprintf(line, sizeof line, "HELLO %s", player->name);
    if (!demand(player, line, "OK"))
        return false;
    snprintf(line, sizeof line, "JOIN %d", player->number % player->options->matches);
    return demand(player, line, "OK") && player->wrong == 0;
}

static void *run_player(void *argument)
{
    struct player *player = argument;
    int64_t pause = (int64_t)(1e9 / player->options->rate);
    player->x = player->y = 500;
    player->connected = enter(player);
    pthread_barrier_wait(&everybody_is_there);
    int64_t start = now_ns(), end = start + (int64_t)(player->options->seconds * 1e9);
    int64_t next = start + pause * player->number / player->options->clients;
    bool playing = player->connected;
    while (playing && next < end) {
        sleep_until(next);
        playing = act(player);
        next += pause;
    }
    if (playing)
        demand(player, "QUIT", "BYE");
    link_close(&player->link);
    return NULL;
}

static int by_size(const void *one, const void *other)
{
    uint32_t a = *(const uint32_t *)one, b = *(const uint32_t *)other;
    return a < b ? -1 : a > b;
}

struct sum {
    long connected, disconnected, sent, answered, wrong;
    uint32_t *latency_us;
    size_t latencies;
    const char *complaint;
};

static double latency_ms(const struct sum *sum, double share)
{
    if (sum->latencies == 0)
        return 0;
    return sum->latency_us[(size_t)((double)(sum->latencies - 1) * share)] / 1000.0;
}

static int tell(const struct options *options, struct sum *sum)
{
    qsort(sum->latency_us, sum->latencies, sizeof *sum->latency_us, by_size);
    long failed = sum->sent - sum->answered;
    const char *format =
        options->json
            ? "{\"players\": %d, \"connected\": %ld, \"disconnected\": %ld, \"requests\": %ld, \"failed\": "
              "%ld, "
              "\"wrong\": %ld, \"p50_ms\": %.3f, \"p90_ms\": %.3f, \"p99_ms\": %.3f, \"max_ms\": %.3f}\n"
            : "%d players, %ld connected, %ld disconnected; %ld requests, %ld failed, %ld wrong; "
              "latency in ms: p50 %.2f, p90 %.2f, p99 %.2f, max %.2f\n";
    printf(format, options->clients, sum->connected, sum->disconnected, sum->sent, failed, sum->wrong,
           latency_ms(sum, 0.5), latency_ms(sum, 0.9), latency_ms(sum, 0.99), latency_ms(sum, 1));
    if (sum->complaint != NULL)
        fprintf(stderr, "arena-client: wrong answer to %s\n", sum->complaint);
    return failed == 0 && sum->wrong == 0 && sum->connected == options->clients ? 0 : 1;
}

static void add(struct sum *sum, const struct player *player)
{
    sum->connected += player->connected;
    sum->disconnected += player->disconnected;
    sum->sent += player->sent;
    sum->answered += player->answered;
    sum->wrong += player->wrong;
    if (sum->complaint == NULL && player->wrong > 0)
        sum->complaint = player->complaint;
    if (player->latencies > 0)
        memcpy(sum->latency_us + sum->latencies, player->latency_us,
               player->latencies * sizeof *sum->latency_us);
    sum->latencies += player->latencies;
}

int play(const struct options *options)
{
    size_t each = (size_t)(options->seconds * options->rate) + 8;
    struct player *players = calloc((size_t)options->clients, sizeof *players);
    uint32_t *latencies = calloc((size_t)options->clients * each, 2 * sizeof *latencies);
    pthread_t *threads = calloc((size_t)options->clients, sizeof *threads);
    if (players == NULL || latencies == NULL || threads == NULL)
        return 1;
    struct sum sum = {.latency_us = latencies + (size_t)options->clients * each};
    pthread_barrier_init(&everybody_is_there, NULL, (unsigned)options->clients + 1);
    for (int i = 0; i < options->clients; i++) {
        struct player *player = &players[i];
        player->options = options;
        player->number = i;
        player->random = (unsigned)i + 1;
        player->latency_us = latencies + (size_t)i * each;
        player->most_latencies = each;
        snprintf(player->name, sizeof player->name, "p%d-%d", (int)getpid(), i);
        if (pthread_create(&threads[i], NULL, run_player, player) != 0)
            return 1;
    }
    pthread_barrier_wait(&everybody_is_there);
    fprintf(stderr, "arena-client: everybody is there\n");
    for (int i = 0; i < options->clients; i++) {
        pthread_join(threads[i], NULL);
        add(&sum, &players[i]);
    }
    int status = tell(options, &sum);
    free(players);
    free(latencies);
    free(threads);
    return status;
}

static volatile sig_atomic_t is_over;

static void note_end(int signo)
{
    (void)signo;
    is_over = 1;
}

/* One visit after the other, of a few messages each. The server may end a connection, then the visit is over;
 * what it may not do is let somebody wait, turn him away, or answer wrongly. */
static void *run_visitor(void *argument)
{
    struct player *player = argument;
    int turned_away = 0;
    for (int visit = 0; !is_over && player->wrong == 0; visit++) {
        snprintf(player->name, sizeof player->name, "v%d-%d-%d", (int)getpid(), player->number, visit);
        player->x = player->y = 500;
        player->score = 0;
        player->link.socket = -1;
        player->disconnected = false;
        bool well = enter(player);
        turned_away = player->link.socket < 0 ? turned_away + 1 : 0;
        for (int i = 0; well && !is_over && i < VISIT_MESSAGES; i++) {
            sleep_until(now_ns() + (int64_t)(1e9 / player->options->rate));
            well = act(player);
        }
        if (well)
            well = demand(player, "QUIT", "BYE");
        if (player->link.socket >= 0 && !well && !player->disconnected && player->wrong == 0)
            player->wrong = 1;
        if (turned_away > 3)
            player->wrong = 1;
        link_close(&player->link);
    }
    return NULL;
}

int visit(const struct options *options)
{
    struct sigaction action = {.sa_handler = note_end};
    struct player *players = calloc((size_t)options->clients, sizeof *players);
    pthread_t *threads = calloc((size_t)options->clients, sizeof *threads);
    long wrong = 0;
    sigaction(SIGTERM, &action, NULL);
    for (int i = 0; players != NULL && threads != NULL && i < options->clients; i++) {
        players[i].options = options;
        players[i].number = i;
        players[i].random = (unsigned)i + 1;
        if (pthread_create(&threads[i], NULL, run_visitor, &players[i]) != 0)
            return 1;
    }
    for (int i = 0; i < options->clients; i++) {
        pthread_join(threads[i], NULL);
        wrong += players[i].wrong;
        if (players[i].wrong > 0)
            fprintf(stderr, "arena-client: %s\n",
                    players[i].complaint[0] ? players[i].complaint : "no answer in time");
    }
    free(players);
    free(threads);
    return wrong > 0;
}
