/* SPDX-License-Identifier: MIT */
#include "go_groups.h"

#include <stdlib.h>
#include <string.h>

#include "fnv.h"

#define SLOTS ((size_t)4 * GO_DUMP_GROUPS_MAX)

/* Who makes texts of equal hashes makes the folding slow within the limits, not wrong. */
static uint64_t hash_of(const struct go_group *one, const struct go_frame *frames)
{
    uint64_t hash = fnv_add(FNV_BASIS, one->state, strlen(one->state));
    for (size_t i = 0; i < one->frame_count; i++) {
        hash = fnv_add(hash, frames[i].function.at, frames[i].function.size);
        hash = fnv_add(hash, &frames[i].line, sizeof frames[i].line);
    }
    return fnv_add(hash, one->created_by.at, one->created_by.size);
}

/* Where a frame is in memory, and what it was called with, does not count. */
static bool is_same_frame(const struct go_frame *a, const struct go_frame *b)
{
    return a->line == b->line && go_text_equal(a->function, b->function) && go_text_equal(a->file, b->file);
}

static bool is_same(const struct go_groups *groups, const struct go_group *group, const struct go_group *one)
{
    if (strcmp(group->state, one->state) != 0 || group->frame_count != one->frame_count ||
        group->elided.size != one->elided.size || group->is_unavailable != one->is_unavailable ||
        group->created_line != one->created_line || !go_text_equal(group->created_by, one->created_by) ||
        !go_text_equal(group->created_file, one->created_file))
        return false;
    for (size_t i = 0; i < one->frame_count; i++)
        if (!is_same_frame(&groups->dump->frames[group->frame + i], &groups->stack[i]))
            return false;
    return true;
}

/* Room for 'more' of items of 'bytes' each. */
static bool make_room(void **items, size_t *room, size_t used, size_t more, size_t bytes)
{
    if (used + more <= *room)
        return true;
    size_t wanted = *room * 2 > used + more ? *room * 2 : used + more + 64;
    void *grown = realloc(*items, wanted * bytes);
    if (!grown)
        return false;
    *items = grown;
    *room = wanted;
    return true;
}

/* A group of its own. Returns false if there is no room. */
static bool append(struct go_groups *groups, const struct go_group *one)
{
    struct go_dump *dump = groups->dump;
    void *all = dump->groups, *frames = dump->frames;
    if (dump->group_count == GO_DUMP_GROUPS_MAX || dump->frame_count + one->frame_count > GO_DUMP_FRAMES_MAX)
        return false;
    groups->has_failed |= !make_room(&all, &groups->group_room, dump->group_count, 1, sizeof *dump->groups) ||
                          !make_room(&frames, &groups->frame_room, dump->frame_count, one->frame_count + 1,
                                     sizeof *dump->frames); /* never NULL where there are groups */
    dump->groups = all;
    dump->frames = frames;
    if (groups->has_failed)
        return false;
    if (one->frame_count)
        memcpy(dump->frames + dump->frame_count, groups->stack, one->frame_count * sizeof *groups->stack);
    dump->groups[dump->group_count] = *one;
    dump->groups[dump->group_count].frame = dump->frame_count;
    dump->groups[dump->group_count].count = 1;
    dump->frame_count += one->frame_count;
    dump->group_count++;
    return true;
}

static void join(struct go_group *group, const struct go_group *one)
{
    group->count++;
    group->wait_least = one->wait_least < group->wait_least ? one->wait_least : group->wait_least;
    group->wait_most = one->wait_most > group->wait_most ? one->wait_most : group->wait_most;
}

void go_groups_add(struct go_groups *groups, const struct go_group *one)
{
    struct go_dump *dump = groups->dump;
    if (groups->has_failed)
        return;
    if (dump->group_count == 0) {
        (void)append(groups, one); /* no slot leads to it */
        return;
    }
    if (!groups->slots)
        groups->slots = calloc(SLOTS, sizeof *groups->slots);
    if (!groups->slots) {
        groups->has_failed = true;
        return;
    }
    size_t slot = hash_of(one, groups->stack) % SLOTS;
    for (; groups->slots[slot]; slot = (slot + 1) % SLOTS) {
        struct go_group *group = &dump->groups[groups->slots[slot] - 1];
        if (is_same(groups, group, one)) {
            join(group, one);
            return;
        }
    }
    if (append(groups, one))
        groups->slots[slot] = (uint32_t)dump->group_count;
    else
        dump->unfolded++;
}

static int compare(const void *left, const void *right)
{
    const struct go_group *a = left, *b = right;
    if (a->count != b->count)
        return a->count > b->count ? -1 : 1;
    return a->first < b->first ? -1 : a->first > b->first;
}

void go_groups_finish(struct go_groups *groups)
{
    struct go_dump *dump = groups->dump;
    if (dump->group_count > 2)
        qsort(dump->groups + 1, dump->group_count - 1, sizeof *dump->groups, compare);
    free(groups->slots);
    groups->slots = NULL;
}
