/* SPDX-License-Identifier: MIT */
#include "code/lsda.h"

#define ACTIONS_MAX 64 /* in one chain; a longer one is a loop */

struct lsda_header {
    uint8_t type_encoding, site_encoding;
    struct eh_bytes types;   /* to the end of the table of types: they are counted from there backwards */
    struct eh_bytes actions; /* begins where the call sites end */
    struct eh_bytes all;
};

static bool read_header(struct eh_bytes *bytes, bool has_bias, struct lsda_header *ret_header)
{
    struct lsda_header header = {.all = *bytes};
    uint8_t encoding = (uint8_t)eh_number(bytes, 1);
    if (encoding != EH_OMIT)
        (void)eh_pointer(bytes, encoding, has_bias); /* what landing pads are relative to */
    header.type_encoding = (uint8_t)eh_number(bytes, 1);
    if (header.type_encoding != EH_OMIT) {
        uint64_t distance = eh_uleb(bytes);
        header.types = *bytes;
        eh_skip(&header.types, distance);
        if (header.types.failed)
            return false;
    }
    header.site_encoding = (uint8_t)eh_number(bytes, 1);
    uint64_t length = eh_uleb(bytes);
    header.actions = *bytes;
    eh_skip(&header.actions, length);
    if (header.actions.failed)
        return false;
    bytes->end = header.actions.at;
    *ret_header = header;
    return true;
}

/* Whether entry number index of the table of types is the null one: catch (...). -1: it cannot be read. */
static int is_null_type(const struct lsda_header *header, uint64_t index)
{
    const size_t size = eh_pointer_size(header->type_encoding);
    const struct eh_bytes *types = &header->types;
    if (!size || !types->at || index > (uint64_t)(types->at - header->all.at) / size)
        return -1;
    struct eh_bytes entry = {types->at - index * size, types->at, 0, false};
    uint64_t raw = eh_number(&entry, size);
    return entry.failed ? -1 : raw == 0;
}

/* An exception specification: a list of types after the table, ended by 0. throw() has an empty one. */
static int is_empty_list(const struct lsda_header *header, int64_t filter)
{
    struct eh_bytes list = header->types;
    if (!list.at)
        return -1;
    list.end = header->all.end;
    eh_skip(&list, (uint64_t) - (filter + 1));
    uint64_t first = eh_uleb(&list);
    return list.failed ? -1 : first == 0;
}

/* What the actions of a landing pad come to; a forced unwind matches no type. */
static enum lsda_outcome follow_actions(const struct lsda_header *header, uint64_t first)
{
    bool cleans = false;
    struct eh_bytes action = header->actions;
    action.end = header->all.end;
    eh_skip(&action, first - 1);
    for (unsigned i = 0; i < ACTIONS_MAX; i++) {
        int64_t filter = eh_sleb(&action);
        struct eh_bytes next = action;
        int64_t distance = eh_sleb(&action);
        int answer = filter > 0   ? is_null_type(header, (uint64_t)filter)
                     : filter < 0 ? is_empty_list(header, filter)
                                  : 0;
        if (action.failed || answer < 0)
            return LSDA_DAMAGED;
        if (answer)
            return filter > 0 ? LSDA_CATCHES : LSDA_TERMINATES;
        cleans |= filter == 0;
        if (distance == 0)
            return cleans ? LSDA_CLEANS : LSDA_PASSES;
        if (distance < header->all.at - next.at || distance >= next.end - next.at)
            return LSDA_DAMAGED;
        next.at += distance;
        next.address += (uint64_t)distance;
        action = next;
    }
    return LSDA_DAMAGED;
}

enum lsda_outcome lsda_look(struct eh_bytes bytes, uint64_t start, uint64_t address, bool is_cxx,
                            bool has_bias)
{
    struct lsda_header header;
    if (!read_header(&bytes, has_bias, &header))
        return LSDA_DAMAGED;
    const uint8_t format = header.site_encoding & 0x0f; /* offsets: never relative */
    while (bytes.at < bytes.end) {
        uint64_t site = eh_pointer(&bytes, format, false), length = eh_pointer(&bytes, format, false);
        uint64_t landing = eh_pointer(&bytes, format, false), action = eh_uleb(&bytes);
        if (bytes.failed)
            return LSDA_DAMAGED;
        if (address - start < site)
            break; /* they are sorted */
        if (address - start - site >= length)
            continue;
        if (!landing)
            return LSDA_PASSES;
        return action && is_cxx ? follow_actions(&header, action) : LSDA_CLEANS;
    }
    /* C++: a place that was thought not to throw. C goes on. */
    return is_cxx ? LSDA_TERMINATES : LSDA_PASSES;
}
