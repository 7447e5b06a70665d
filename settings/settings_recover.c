/* SPDX-License-Identifier: MIT */
/* See settings_recover.h. */
#include "settings_recover.h"

#include <string.h>

#include "settings.h"
#include "settings_values.h"

#define ENTRY_BYTES 192
#define SECOND      UINT64_C(1000000000)
#define DAY         (86400 * SECOND)
#define UPTIME      (60 * SECOND) /* a run that lasts so long is a success (track/routine_runs.h) */
#define RESTARTS    15            /* the times of more are not kept (routines/table.h) */

/* A text that grows in a buffer with room for all of it. */
static char *add_text(char *end, const char *text)
{
    size_t n = strlen(text);
    memcpy(end, text, n + 1);
    return end + n;
}

static char *add_number(char *end, uint64_t number)
{
    char digits[21], *at = digits + sizeof digits - 1;
    *at = '\0';
    do
        *--at = (char)('0' + number % 10);
    while (number /= 10);
    return add_text(end, at);
}

/* "entry 'conn=contian': no such action". */
static const char *problem_with(const char *entry, const char *why)
{
    static char text[ENTRY_BYTES + 96];
    (void)add_text(add_text(add_text(add_text(text, "entry '"), entry), "': "), why);
    return text;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n';
}

/* The next entry of a list with commas, without the blanks around it. False at the end of the list. An entry
 * that is too long is cut, and *ret_cut says so. */
static bool next_entry(const char **list, char entry[ENTRY_BYTES], bool *ret_cut)
{
    const char *p = *list;
    size_t behind;
    if (!p)
        return false;
    while (is_blank(*p))
        p++;
    size_t n = behind = strcspn(p, ",");
    *list = p[behind] ? p + behind + 1 : NULL;
    while (n && is_blank(p[n - 1]))
        n--;
    *ret_cut = n >= ENTRY_BYTES;
    n = *ret_cut ? ENTRY_BYTES - 1 : n;
    memcpy(entry, p, n);
    entry[n] = '\0';
    return true;
}

/* Cuts the text at a character. Returns what is behind it, or NULL where there is none. */
static char *cut_at(char *text, char c)
{
    char *p = strchr(text, c);
    if (p)
        *p++ = '\0';
    return p;
}

/* An action's words, 'restart:park'. Returns NULL, or what is wrong. */
static const char *parse_action(char *action, struct safe_rule *rule)
{
    char *word = cut_at(action, ':');
    int which = settings_choice(action, "crash contain restart");
    if (which < 0)
        return "no such action (crash, contain, restart)";
    rule->action = (uint8_t)which;
    while (word) {
        char *next = cut_at(word, ':');
        if (which == SAFE_ACTION_CONTAIN && strcmp(word, "wide") == 0)
            rule->wide = true;
        else if (which == SAFE_ACTION_RESTART && settings_choice(word, "die park") >= 0)
            rule->after = (uint8_t)settings_choice(word, "die park");
        else
            return "the action does not take this word (contain:wide, restart:park, restart:die)";
        word = next;
    }
    return NULL;
}

/* The last '=' divides: 'operator==contain' is a pattern 'operator='. */
static const char *parse_rule(char *entry, struct safe_rule *rule)
{
    char *divider = strrchr(entry, '=');
    memset(rule, 0, sizeof *rule);
    if (!divider || divider == entry)
        return "not of the form PATTERN=ACTION";
    if ((size_t)(divider - entry) >= sizeof rule->pattern)
        return "pattern too long";
    memcpy(rule->pattern, entry, (size_t)(divider - entry));
    return parse_action(divider + 1, rule);
}

const char *settings_parse_rules(struct crumple_settings *settings, const char *value)
{
    struct safe_rule rules[SAFE_RULES_MAX] = {0};
    char entry[ENTRY_BYTES], shown[ENTRY_BYTES];
    uint32_t count = 0;
    bool cut, recover = false;
    while (next_entry(&value, entry, &cut)) {
        const char *why = count == SAFE_RULES_MAX ? "too many entries" : cut ? "too long" : NULL;
        strcpy(shown, entry);
        if (!why)
            why = parse_rule(entry, &rules[count]);
        if (why)
            return problem_with(shown, why);
        recover |= rules[count++].action != SAFE_ACTION_CRASH;
    }
    memcpy(settings->rules, rules, count * sizeof *rules);
    settings->rule_count = count;
    settings->recover = recover;
    return NULL;
}

static bool in_range(uint64_t v, uint64_t least, uint64_t most)
{
    return v >= least && v <= most;
}

static bool parse_count(const char *s, uint64_t least, uint64_t most, uint32_t *ret)
{
    uint64_t v;
    if (!settings_number(s, &v) || !in_range(v, least, most))
        return false;
    *ret = (uint32_t)v;
    return true;
}

static bool parse_time(const char *s, uint64_t least, uint64_t most, uint64_t *ret)
{
    uint64_t v;
    if (!settings_time(s, &v) || !in_range(v, least, most))
        return false;
    *ret = v;
    return true;
}

/* '5/60s' */
static bool parse_rate(char *s, uint64_t most, uint32_t *ret_count, uint64_t *ret_ns)
{
    char *window = cut_at(s, '/');
    return window && parse_count(s, 0, most, ret_count) && parse_time(window, SECOND, 31 * DAY, ret_ns);
}

static bool parse_word(const char *s, const char *words, bool *ret)
{
    int which = settings_choice(s, words);
    if (which >= 0)
        *ret = which == 1;
    return which >= 0;
}

typedef const char *parse_key_function(struct crumple_settings *settings, const char *key, char *value);

/* A list of 'KEY=VALUE', over the defaults. */
static const char *parse_keys(struct crumple_settings *settings, const char *list, parse_key_function *parse)
{
    char entry[ENTRY_BYTES], shown[ENTRY_BYTES];
    bool cut;
    while (next_entry(&list, entry, &cut)) {
        const char *why = "not of the form KEY=VALUE";
        strcpy(shown, entry);
        char *value = cut_at(entry, '=');
        if (value && !cut)
            why = parse(settings, entry, value);
        if (why)
            return problem_with(shown, why);
    }
    return NULL;
}

static const char *parse_breaker_key(struct crumple_settings *settings, const char *key, char *value)
{
    struct safe_breaker_rules *b = &settings->breaker;
    bool ok;
    if (strcmp(key, "trip") == 0)
        ok = parse_count(value, 0, 1000000, &b->trip);
    else if (strcmp(key, "interval") == 0)
        ok = parse_time(value, 0, DAY, &b->interval_ns);
    else if (strcmp(key, "timeout") == 0)
        ok = parse_time(value, 1000000, DAY, &b->timeout_ns);
    else if (strcmp(key, "max_requests") == 0)
        ok = parse_count(value, 1, 1000, &b->max_requests);
    else if (strcmp(key, "life") == 0)
        ok = parse_count(value, 0, 1000000, &settings->breaker_life);
    else if (strcmp(key, "open") == 0)
        ok = parse_word(value, "crash reject", &settings->breaker_rejects);
    else if (strcmp(key, "peer") == 0)
        ok = parse_word(value, "off on", &settings->breaker_peers);
    else
        return "no such key (trip, interval, timeout, max_requests, open, peer, life)";
    return ok ? NULL : "not a value of this key, or out of range";
}

/* A problem leaves *settings changed in part: the caller then stores the default, which changes all of it. */
const char *settings_parse_breaker(struct crumple_settings *settings, const char *value)
{
    settings->breaker = (struct safe_breaker_rules){
        .trip = 5, .max_requests = 3, .interval_ns = 60 * SECOND, .timeout_ns = 30 * SECOND};
    settings->breaker_rejects = false;
    settings->breaker_peers = true;
    settings->breaker_life = 32;
    const char *why = parse_keys(settings, value, parse_breaker_key);
    settings->breaker.probe_ns =
        settings->breaker.timeout_ns > UPTIME ? settings->breaker.timeout_ns : UPTIME;
    return why;
}

/* '100ms..30s' */
static bool parse_delays(char *s, struct crumple_settings *settings)
{
    char *dots = strstr(s, "..");
    if (!dots)
        return false;
    *dots = '\0';
    return parse_time(s, 1000000, DAY, &settings->backoff_first_ns) &&
           parse_time(dots + 2, 1000000, DAY, &settings->backoff_most_ns) &&
           settings->backoff_first_ns <= settings->backoff_most_ns;
}

const char *settings_parse_backoff(struct crumple_settings *settings, const char *value)
{
    char entry[ENTRY_BYTES], shown[ENTRY_BYTES];
    bool cut;
    settings->backoff_first_ns = SECOND / 10;
    settings->backoff_most_ns = 30 * SECOND;
    settings->restarts_most = 5;
    settings->restart_window_ns = 60 * SECOND;
    while (next_entry(&value, entry, &cut)) {
        strcpy(shown, entry);
        if (cut)
            return problem_with(shown, "too long");
        if (strchr(entry, '/')
                ? !parse_rate(entry, RESTARTS, &settings->restarts_most, &settings->restart_window_ns)
                : !parse_delays(entry, settings))
            return problem_with(shown, "not of the form 100ms..30s or 5/60s, or out of range");
    }
    return NULL;
}

static const char *parse_keep_key(struct crumple_settings *settings, const char *key, char *value)
{
    size_t n = strlen(value);
    bool ok;
    if (strcmp(key, "count") == 0) {
        ok = parse_count(value, 1, 1000000, &settings->keep_count);
    } else if (strcmp(key, "bytes") == 0) {
        ok = settings_size(value, &settings->keep_bytes) && settings->keep_bytes >= 1 << 20;
    } else if (strcmp(key, "free") == 0) {
        if (!n || value[n - 1] != '%')
            return "not a share such as 5%";
        value[n - 1] = '\0';
        ok = parse_count(value, 0, 99, &settings->keep_free_percent);
    } else if (strcmp(key, "per_signature") == 0) {
        ok = parse_rate(value, 1000000, &settings->keep_signature, &settings->keep_signature_ns);
    } else if (strcmp(key, "age") == 0) {
        ok = parse_time(value, 60 * SECOND, 36500 * DAY, &settings->keep_age_ns);
    } else if (strcmp(key, "signature") == 0) {
        ok = parse_count(value, 0, 1000000, &settings->keep_of_signature);
    } else {
        return "no such key (count, bytes, free, per_signature, age, signature)";
    }
    return ok ? NULL : "not a value of this key, or out of range";
}

const char *settings_parse_keep(struct crumple_settings *settings, const char *value)
{
    settings->keep_count = 500;
    settings->keep_bytes = 256 << 20;
    settings->keep_free_percent = 5;
    settings->keep_signature = 5;
    settings->keep_signature_ns = 3600 * SECOND;
    settings->keep_age_ns = settings->keep_of_signature = 0;
    const char *why = parse_keys(settings, value, parse_keep_key);
    char *end = add_number(add_text(settings->keep_text, "count="), settings->keep_count);
    end = add_number(add_text(end, ",bytes="), settings->keep_bytes);
    end = add_number(add_text(end, ",free="), settings->keep_free_percent);
    end = add_number(add_text(end, "%,per_signature="), settings->keep_signature);
    end = add_text(add_number(add_text(end, "/"), settings->keep_signature_ns / SECOND), "s");
    if (settings->keep_age_ns)
        end = add_text(add_number(add_text(end, ",age="), settings->keep_age_ns / SECOND), "s");
    if (settings->keep_of_signature)
        (void)add_number(add_text(end, ",signature="), settings->keep_of_signature);
    return why;
}
