/* SPDX-License-Identifier: MIT */
/* Bugs of a small cache: lists, hashes, and the same helper reached on two paths. */
#include "bugs.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct entry {
    struct entry *next;
    const char *key;
    struct buffer value;
};

static struct entry *buckets[16];

static unsigned hash_of(const char *key)
{
    unsigned hash = 5381;
    while (*key != 0)
        hash = hash * 33 + (unsigned char)*key++;
    return hash;
}

static struct entry *find_entry(const char *key)
{
    struct entry *entry = buckets[hash_of(key) % 16];
    while (strcmp(entry->key, key) != 0)
        entry = entry->next;
    return entry;
}

/* The list ends before the key is found: strcmp is given what lies at NULL. */
static void lookup_missing_key(void)
{
    struct entry only = {.key = "present"};
    for (int i = 0; i < 16; i++)
        buckets[i] = &only;
    struct entry *found = find_entry("absent");
    input = (int)found->value.length;
}

static void evict_from(struct entry **list)
{
    struct entry *last = *list;
    while (last->next != NULL)
        last = last->next;
    free(last->value.bytes);
}

/* The bucket is empty: the first step reads through NULL. */
static void evict_from_empty_bucket(void)
{
    struct entry *volatile none = NULL;
    struct entry *list = none;
    evict_from(&list);
}

static void store_value(struct entry *entry, const char *bytes, size_t length)
{
    entry->value.length = 0;
    entry->value.room = length;
    buffer_append(&entry->value, bytes, length);
    entry->key = "stored";
}

/* The entry's memory was never allocated: buffer_append copies to NULL. */
static void store_without_memory(void)
{
    struct entry entry = {.key = "k"};
    store_value(&entry, "a value of some length", (size_t)(22 + input));
    input = (int)entry.value.length;
}

struct reply {
    struct buffer out;
    int code;
};

static int answer_request(struct reply *reply, const char *text)
{
    reply->code = 200;
    buffer_append(&reply->out, text, text_length(text));
    return reply->code;
}

/* The same helper, another caller: a different bug. */
static void reply_to_closed_client(void)
{
    struct reply reply = {.out = {.bytes = (char *)(uintptr_t)(0x10 + input), .room = 64}};
    input = answer_request(&reply, "OK");
}

const struct bug cache_bugs[] = {
    {"lookup-missing-key", lookup_missing_key},
    {"evict-from-empty-bucket", evict_from_empty_bucket},
    {"store-without-memory", store_without_memory},
    {"reply-to-closed-client", reply_to_closed_client},
    {NULL, NULL},
};
