/* SPDX-License-Identifier: MIT */
#include "context/logs.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/stages.h"
#include "context/log_file.h"

#define LATE_US INT64_C(30000000) /* finished by 'crumple collect', most likely */
#define WAIT_MS 1000              /* for all files */
#define LATE    "not read: the report was made later, or elsewhere"
#define HUNG    "not read: it took too long"

/* Shared with the thread that reads. Whoever is done with it last frees it: the thread may hang for good. */
struct reading {
    pthread_mutex_t lock;
    pthread_cond_t has_read;
    struct log_file files[LOGS_MAX];
    size_t count, done;
    bool is_given_up;
};

size_t logs_next_path(const char **at, const char **ret_path)
{
    for (const char *text = *at; *text;) {
        size_t size = strcspn(text, ",");
        *at = text + size + (text[size] == ',');
        for (; size && *text == ' '; size--)
            text++;
        while (size && text[size - 1] == ' ')
            size--;
        *ret_path = text;
        if (size)
            return size;
        text = *at;
    }
    return 0;
}

static void release(struct reading *reading)
{
    (void)pthread_mutex_destroy(&reading->lock);
    (void)pthread_cond_destroy(&reading->has_read);
    free(reading);
}

static void *read_all(void *argument)
{
    struct reading *reading = argument;
    stage_of_thread(STAGE_LOGS);
    bool is_given_up = false;
    for (size_t i = 0; i < reading->count && !is_given_up; i++) {
        log_file_read(&reading->files[i]);
        (void)pthread_mutex_lock(&reading->lock);
        reading->done = i + 1;
        is_given_up = reading->is_given_up;
        (void)pthread_cond_signal(&reading->has_read);
        (void)pthread_mutex_unlock(&reading->lock);
    }
    if (is_given_up)
        release(reading);
    return NULL;
}

static struct reading *make(struct log_tails *tails)
{
    struct reading *reading = calloc(1, sizeof *reading);
    pthread_condattr_t monotonic;
    if (!reading)
        return NULL;
    (void)pthread_condattr_init(&monotonic);
    (void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    (void)pthread_mutex_init(&reading->lock, NULL);
    (void)pthread_cond_init(&reading->has_read, &monotonic);
    (void)pthread_condattr_destroy(&monotonic);
    for (; reading->count < tails->count; reading->count++)
        snprintf(reading->files[reading->count].path, PATH_MAX, "%.*s",
                 (int)tails->items[reading->count].path_size, tails->items[reading->count].path);
    return reading;
}

/* Returns how many files were read in time. */
static size_t wait_for(struct reading *reading)
{
    struct timespec end;
    (void)clock_gettime(CLOCK_MONOTONIC, &end);
    const int64_t ms = stages_time_for(WAIT_MS), ns = end.tv_nsec + ms % 1000 * 1000000;
    end.tv_sec += ms / 1000 + ns / 1000000000;
    end.tv_nsec = ns % 1000000000;
    (void)pthread_mutex_lock(&reading->lock);
    while (reading->done < reading->count &&
           pthread_cond_timedwait(&reading->has_read, &reading->lock, &end) == 0)
        ;
    reading->is_given_up = reading->done < reading->count;
    const size_t done = reading->done;
    (void)pthread_mutex_unlock(&reading->lock);
    return done;
}

static void take(const struct log_file *file, struct log_tail *tail)
{
    tail->text = file->bytes + file->start;
    tail->size = file->size;
    tail->skipped = file->skipped;
    snprintf(tail->error, sizeof tail->error, "%s", file->error);
}

static void fail_from(struct log_tails *tails, size_t first, const char *why)
{
    for (size_t i = first; i < tails->count; i++)
        snprintf(tails->items[i].error, sizeof tails->items[i].error, "%s", why);
}

/* Without another thread (a limit of processes) this one reads: the supervisor ends a stage that hangs. */
static void read_tails(struct log_tails *tails)
{
    struct reading *reading = make(tails);
    pthread_t thread;
    if (!reading) {
        fail_from(tails, 0, strerror(ENOMEM));
        return;
    }
    const bool is_beside = pthread_create(&thread, NULL, read_all, reading) == 0;
    if (!is_beside)
        (void)read_all(reading);
    const size_t done = wait_for(reading);
    if (done < tails->count) {
        /* What it has read is copied: the thread goes on with its memory. */
        struct log_file *files = malloc((done + 1) * sizeof *files);
        if (files)
            memcpy(files, reading->files, done * sizeof *files);
        tails->memory = files;
        for (size_t i = 0; i < done && files; i++)
            take(&files[i], &tails->items[i]);
        fail_from(tails, files ? done : 0, HUNG);
        (void)pthread_detach(thread);
        return;
    }
    if (is_beside)
        (void)pthread_join(thread, NULL);
    for (size_t i = 0; i < done; i++)
        take(&reading->files[i], &tails->items[i]);
    (void)pthread_mutex_destroy(&reading->lock);
    (void)pthread_cond_destroy(&reading->has_read);
    tails->memory = reading;
}

void logs_read(struct crash *crash, bool is_trusted)
{
    struct log_tails *tails = &crash->logs;
    const char *at = crash->notes.logs ? crash->notes.logs : "";
    const int64_t elapsed = crash_elapsed_us(crash);
    while (tails->count < LOGS_MAX) {
        struct log_tail *tail = &tails->items[tails->count];
        tail->path_size = logs_next_path(&at, &tail->path);
        if (!tail->path_size)
            break;
        tails->count++;
    }
    if (!tails->count)
        return;
    if (is_trusted && elapsed >= 0 && elapsed < LATE_US)
        read_tails(tails);
    else
        fail_from(tails, 0, LATE);
}
