/* SPDX-License-Identifier: MIT */
/* See settings_values.h. */
#include "settings_values.h"

#include <signal.h>
#include <string.h>

/* *ret_end is behind the digits. False when there is none, or too many. */
static bool parse_digits(const char *s, uint64_t *ret, const char **ret_end)
{
    uint64_t v = 0;
    const char *p = s;
    for (; *p >= '0' && *p <= '9'; p++) {
        if (v > UINT64_MAX / 10 - 1)
            return false;
        v = v * 10 + (uint64_t)(*p - '0');
    }
    *ret = v;
    *ret_end = p;
    return p != s;
}

struct unit {
    const char *name;
    uint64_t factor;
};

static bool parse_scaled(const char *s, const struct unit *unit, uint64_t *ret)
{
    const char *end;
    uint64_t v;
    if (!parse_digits(s, &v, &end))
        return false;
    for (; unit->name; unit++)
        if (strcmp(end, unit->name) == 0) {
            if (v > UINT64_MAX / unit->factor)
                return false;
            *ret = v * unit->factor;
            return true;
        }
    return false;
}

bool settings_number(const char *s, uint64_t *ret)
{
    static const struct unit none[] = {{"", 1}, {0, 0}};
    return parse_scaled(s, none, ret);
}

bool settings_time(const char *s, uint64_t *ret)
{
    static const struct unit units[] = {{"ms", 1000000},
                                        {"s", 1000000000},
                                        {"m", UINT64_C(60000000000)},
                                        {"h", UINT64_C(3600000000000)},
                                        {"d", UINT64_C(86400000000000)},
                                        {0, 0}};
    return parse_scaled(s, units, ret);
}

bool settings_size(const char *s, uint64_t *ret)
{
    static const struct unit units[] = {{"", 1}, {"K", 1024}, {"M", 1024 * 1024}, {"G", 1 << 30}, {0, 0}};
    return parse_scaled(s, units, ret);
}

int settings_choice(const char *s, const char *words)
{
    int at = 0;
    size_t n = strlen(s);
    while (n && *words) {
        size_t word = strcspn(words, " ");
        if (word == n && memcmp(s, words, n) == 0)
            return at;
        words += word + (words[word] == ' ');
        at++;
    }
    return -1;
}

/* Whose default ends the process, without those that crumple takes over in any case. */
static const struct {
    const char *name;
    int number;
} signals[] = {
    {"pipe", SIGPIPE}, {"xcpu", SIGXCPU}, {"xfsz", SIGXFSZ}, {"alrm", SIGALRM}, {"vtalrm", SIGVTALRM},
    {"prof", SIGPROF}, {"hup", SIGHUP},   {"int", SIGINT},   {"quit", SIGQUIT}, {"term", SIGTERM},
    {"usr1", SIGUSR1}, {"usr2", SIGUSR2}, {"io", SIGIO},
};

static int signal_named(const char *name, size_t n)
{
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        if (strlen(signals[i].name) == n && memcmp(signals[i].name, name, n) == 0)
            return signals[i].number;
    return 0;
}

bool settings_signals(const char *s, uint64_t *ret)
{
    uint64_t found = 0;
    if (strcmp(s, "thread") == 0)
        s = "pipe,xcpu,xfsz";
    else if (strcmp(s, "off") == 0)
        s = "";
    while (*s) {
        size_t n = strcspn(s, ",");
        int number = signal_named(s, n);
        if (!number)
            return false;
        found |= UINT64_C(1) << (number - 1);
        s += n + (s[n] == ',');
    }
    *ret = found;
    return true;
}

bool settings_paths(const char *s, unsigned most)
{
    unsigned count = 0;
    for (;; s++) {
        while (*s == ' ')
            s++;
        if (*s != ',' && *s && (*s != '/' || ++count > most))
            return false;
        while (*s && *s != ',')
            s++;
        if (!*s)
            return true;
    }
}
