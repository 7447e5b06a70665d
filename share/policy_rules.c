/* SPDX-License-Identifier: MIT */
/* Safe file: runs in signal handlers. No state, no calls but its own. */
#include "policy_rules.h"

/*
 * One bracket expression; p is behind its '['. Returns what follows it, or NULL when it has no end (the
 * bracket is then a character like any other, as for fnmatch). As for fnmatch, a ']' that comes first is a
 * member.
 */
static const char *match_bracket(const char *p, char c, bool *ret_match)
{
    bool negated = *p == '!' || *p == '^', found = false;
    p += negated;
    for (const char *first = p; *p && (*p != ']' || p == first); p++) {
        unsigned char high;
        if (*p == '\\' && p[1])
            p++;
        unsigned char low = high = (unsigned char)*p;
        if (p[1] == '-' && p[2] && p[2] != ']') {
            p += 2;
            if (*p == '\\' && p[1])
                p++;
            high = (unsigned char)*p;
        }
        found |= low <= (unsigned char)c && (unsigned char)c <= high;
    }
    if (!*p)
        return NULL;
    *ret_match = found != negated;
    return p + 1;
}

/* One character of text against one element of the pattern. Returns what follows the element, or NULL. */
static const char *match_one(const char *p, char c)
{
    bool match = false;
    const char *rest = *p == '[' ? match_bracket(p + 1, c, &match) : NULL;
    if (rest)
        return match ? rest : NULL;
    if (*p == '?')
        return p + 1;
    if (*p == '\\' && p[1])
        p++;
    return *p && *p == c ? p + 1 : NULL;
}

/* Only the last '*' is ever taken back: what an earlier one could match, a later one can, too. */
bool rules_glob(const char *pattern, const char *text)
{
    const char *star = NULL, *resume = NULL;
    while (*text) {
        if (*pattern == '*') {
            star = ++pattern;
            resume = text;
            continue;
        }
        const char *next = match_one(pattern, *text);
        if (next) {
            pattern = next;
            text++;
        } else if (star) {
            pattern = star;
            text = ++resume;
        } else {
            return false;
        }
    }
    while (*pattern == '*')
        pattern++;
    return !*pattern;
}

/* A pattern of wildcards alone names no routine. */
static bool is_specific(const char *pattern)
{
    while (*pattern == '*' || *pattern == '?')
        pattern++;
    return *pattern != '\0';
}

static bool matches_one_of(const char *pattern, const char *names)
{
    while (*names) {
        if (rules_glob(pattern, names))
            return true;
        while (*names)
            names++;
        names++;
    }
    return false;
}

const struct safe_rule *rules_match(const struct safe_rule *rules, size_t count, const char *names,
                                    const char *thread_name, bool *ret_named)
{
    for (size_t i = 0; i < count; i++) {
        const char *pattern = rules[i].pattern;
        bool by_routine = names && matches_one_of(pattern, names);
        if (by_routine || (thread_name && rules_glob(pattern, thread_name))) {
            *ret_named = is_specific(pattern);
            return &rules[i];
        }
    }
    *ret_named = false;
    return NULL;
}
