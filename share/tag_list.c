/* SPDX-License-Identifier: MIT */
/* Safe file: runs in the keeper, too. */
#include "tag_list.h"

#include "secret_name.h"

static bool is_name_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == ':' || (c >= '-' && c <= '/');
}

/* Returns what is wrong with the entry from text on, of size bytes; NULL: nothing. */
static const char *read_entry(const char *text, size_t size, struct tag_entry *ret)
{
    *ret = (struct tag_entry){0};
    while (size && *text == ' ') {
        text++;
        size--;
    }
    while (size && text[size - 1] == ' ')
        size--;
    const bool is_marked = size && *text == '!';
    text += is_marked;
    size -= is_marked;
    ret->name = text;
    while (ret->name_size < size && is_name_char(text[ret->name_size]))
        ret->name_size++;
    if (ret->name_size == 0 || ret->name_size == size || text[ret->name_size] != '=')
        return "not a list of NAME=VALUE, names of letters, digits and _.-:/";
    if (ret->name_size > TAG_LIST_NAME_MAX)
        return "a name of more than 63 bytes";
    ret->value = text + ret->name_size + 1;
    ret->value_size = size - ret->name_size - 1;
    if (ret->value_size > TAG_LIST_VALUE_MAX)
        return "a value of more than 255 bytes";
    ret->is_secret = is_marked || secret_name_is(ret->name, ret->name_size) ||
                     secret_value_is(ret->value, ret->value_size);
    return NULL;
}

static size_t entry_size(const char *text)
{
    size_t n = 0;
    while (text[n] && text[n] != ',')
        n++;
    return n;
}

bool tag_list_entry(const char *text, size_t size, struct tag_entry *ret)
{
    return !read_entry(text, size, ret);
}

bool tag_list_next(const char **at, struct tag_entry *ret)
{
    while (**at) {
        const char *text = *at;
        const size_t size = entry_size(text);
        *at = text + size + (text[size] == ',');
        if (!read_entry(text, size, ret))
            return true;
    }
    return false;
}

const char *tag_list_problem(const char *text)
{
    const char *problem = NULL;
    struct tag_entry entry;
    size_t count = 0;
    while (*text && !problem) {
        const size_t size = entry_size(text);
        problem = read_entry(text, size, &entry);
        text += size + (text[size] == ',');
        count++;
    }
    return problem ? problem : count > TAG_LIST_MAX ? "more than 64 entries" : NULL;
}
