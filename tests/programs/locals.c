/* SPDX-License-Identifier: MIT */
/*
 * Local variables of all kinds in the frames of a fault: what 'crumple show --locals' must read as gdb does. Also compiled
 * as C++ (locals_cpp.cc has what C does not).
 */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

enum state { STATE_IDLE = -2, STATE_OPEN = 1, STATE_CLOSED = 7 };
enum rights { READ = 1, WRITE = 2, LOUD = 8 };
typedef unsigned char byte;

struct address {
    uint16_t port;
    byte octets[4];
};

struct connection {
    int fd;
    enum state state;
    char name[16];
    const char *peer;
    unsigned is_open : 1, weight : 5;
    int signed_bits : 7;
    uint64_t wide_bits : 40;
    struct address address;
    struct connection *next;
    void (*handler)(int);
    char *password;
};

union number {
    int whole;
    float real;
    byte bytes[8];
};

struct tail {
    int count;
    int rows[];
};

struct words {
    int count;
    char text[];
};

static volatile int zero;
static struct connection first, second;
static void *volatile kept;

static void on_message(int fd)
{
    zero = fd;
}

__attribute__((noinline)) static int die(int *where, const char *why)
{
    int before = 41;
    kept = &before;
    *where = before + (int)strlen(why);
    return before;
}

__attribute__((noinline)) static int kinds(int argument, const char *text, double ratio,
                                           struct connection *connection, enum state state)
{
    signed char tiny = (signed char)-argument;
    unsigned char flag_byte = 200;
    short small = (short)(-argument * 3);
    unsigned wide = 4000000000u + (unsigned)argument;
    long long huge = -(1ll << 40) - argument;
    uint64_t most = UINT64_MAX - (uint64_t)argument;
    float real = (float)ratio / 3;
    double precise = ratio / 3;
    long double longer = (long double)ratio / 4;
    _Bool yes = argument > 0, no = argument < 0;
    enum rights rights = (enum rights)(READ | LOUD), odd = (enum rights)(WRITE | 64);
    char letters[12] = "ab\"c\n", unended[4];
    int row[12], grid[2][3];
    char *nobody = NULL,
         *freed = (char *)mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    union number number;
    struct address address = {(uint16_t)(8080 + argument), {10, 0, 0, 1}};
    struct connection copy = *connection;
    void (*handler)(int) = on_message;
    const char *password = "hunter2";
    memcpy(unended, "wxyz", 4);
    for (int i = 0; i < 12; i++)
        row[i] = i * argument;
    for (int i = 0; i < 6; i++)
        grid[i / 3][i % 3] = i + argument;
    number.whole = 0x40490fdb;
    memset(number.bytes + 4, argument, 4);
    munmap(freed, 4096);
    {
        int argument_twice = argument * 2, tiny_too = tiny;
        int *volatile inner = &argument_twice;
        void *all[] = {&tiny,    &flag_byte, &small,    &wide,   &huge,   &most,     &real,
                       &precise, &longer,    &yes,      &no,     &rights, &odd,      letters,
                       unended,  row,        grid,      &nobody, &freed,  &number,   &address,
                       &copy,    &handler,   &password, &text,   &state,  &tiny_too, (void *)&inner};
        kept = all;
        return die((int *)(uintptr_t)zero, text) + *inner;
    }
}

/* In registers alone, if the optimiser likes. */
__attribute__((noinline)) static long registers(long match_id, long tick, unsigned player_id)
{
    long sum = match_id * 3, product = tick * player_id;
    sum += die((int *)(uintptr_t)zero, "registers");
    return sum + product + match_id + tick + player_id;
}

__attribute__((always_inline)) static inline int inlined(int depth, const char *word)
{
    int doubled = depth * 2;
    kept = &doubled;
    return die((int *)(uintptr_t)zero, word) + doubled;
}

__attribute__((noinline)) static int around(int depth)
{
    int outer = depth + 100;
    kept = &outer;
    return inlined(depth + 1, "inlined") + outer;
}

__attribute__((noinline)) static int variable_length(int count)
{
    int values[count];
    char text[count * 2];
    for (int i = 0; i < count; i++)
        values[i] = i * i;
    memset(text, 'v', (size_t)count * 2);
    text[count] = '\0';
    kept = values;
    kept = text;
    return die((int *)(uintptr_t)zero, text) + values[1];
}

__attribute__((noinline)) static int flexible(int count)
{
    struct tail *tail = (struct tail *)malloc(sizeof *tail + 16);
    struct words *words = (struct words *)malloc(sizeof *words + 16);
    tail->count = count;
    memset(tail->rows, 1, 16);
    words->count = count;
    strcpy(words->text, "flexible");
    kept = &tail;
    kept = &words;
    return die((int *)(uintptr_t)zero, words->text) + tail->count;
}

__attribute__((noinline)) static int recurse(int depth, int most)
{
    char pad[64];
    snprintf(pad, sizeof pad, "level %d", depth);
    kept = pad;
    int below = depth < most ? recurse(depth + 1, most) : die((int *)(uintptr_t)zero, pad);
    return below + pad[0];
}

static void *deep(void *most)
{
    return (void *)(intptr_t)recurse(0, (int)(intptr_t)most);
}

static int in_thread(int most)
{
    pthread_t thread;
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 64u << 20);
    if (pthread_create(&thread, &attributes, deep, (void *)(intptr_t)most) == 0)
        pthread_join(thread, NULL);
    return 1;
}

/* A list on the heap: two levels behind a local. */
struct node {
    int number;
    char *label;
    struct node *next;
};

static struct node *node(int number, struct node *next)
{
    struct node *made = (struct node *)malloc(sizeof *made);
    void *gap = malloc(64u << 10); /* what is near is not enough */
    made->number = number;
    made->label = (char *)malloc(4096);
    snprintf(made->label, 4096, "node %d", number);
    made->next = next;
    kept = gap;
    return made;
}

__attribute__((noinline)) static int heap(int count)
{
    struct node *head = NULL;
    for (int i = count; i > 0; i--)
        head = node(i, head);
    kept = &head;
    return die((int *)(uintptr_t)zero, head->label) + head->number;
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "kinds";
    int count = argc > 2 ? atoi(argv[2]) : 5;
    first.fd = 7;
    first.state = STATE_IDLE;
    strcpy(first.name, "first");
    first.peer = "10.0.0.1:8080";
    first.is_open = 1;
    first.weight = 21;
    first.signed_bits = -33;
    first.wide_bits = 0x123456789aull;
    first.address.port = 443;
    first.next = &second;
    first.handler = on_message;
    first.password = (char *)"swordfish";
    second.state = STATE_CLOSED;
    if (strcmp(what, "kinds") == 0)
        return kinds(count, "text of \"kinds\"", 1.0, &first, STATE_OPEN);
    if (strcmp(what, "registers") == 0)
        return (int)registers(4711, 123456, (unsigned)count);
    if (strcmp(what, "inlined") == 0)
        return around(count);
    if (strcmp(what, "vla") == 0)
        return variable_length(count);
    if (strcmp(what, "flexible") == 0)
        return flexible(count);
    if (strcmp(what, "recursion") == 0)
        return recurse(0, count);
    if (strcmp(what, "thread") == 0)
        return in_thread(count);
    if (strcmp(what, "heap") == 0)
        return heap(count);
    return 1;
}
