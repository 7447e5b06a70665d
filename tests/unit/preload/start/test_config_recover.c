/* SPDX-License-Identifier: MIT */
/* Unit tests of the variables of containment. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "state/config.h"
#include "start/config.h"
#include "unit.h"

#define S UINT64_C(1000000000)

const struct crumple_config *crumple_config;

static struct crumple_config parsed(const char *variable, char *ret_stderr, size_t size)
{
    static struct crumple_config c;
    char *env[] = {(char *)variable, NULL};
    int ends[2], saved = dup(2);
    ssize_t n;
    ck_assert_int_eq(pipe(ends), 0);
    dup2(ends[1], 2);
    memset(&c, 0, sizeof c);
    config_parse(&c, env);
    dup2(saved, 2);
    close(saved);
    close(ends[1]);
    n = read(ends[0], ret_stderr, size - 1);
    close(ends[0]);
    ret_stderr[n > 0 ? n : 0] = '\0';
    return c;
}

/* The parser that holds the last problem is static, so each test runs in a child of its own (CK_FORK). */
static struct crumple_config good(const char *variable)
{
    char text[2048];
    struct crumple_config c = parsed(variable, text, sizeof text);
    ck_assert_str_eq(text, "");
    return c;
}

START_TEST(by_default_nothing_is_contained)
{
    struct crumple_config c = good("PATH=/bin");
    ck_assert(!c.recover);
    ck_assert_uint_eq(c.rule_count, 1);
    ck_assert_str_eq(c.rules[0].pattern, "*");
    ck_assert_int_eq(c.rules[0].action, SAFE_ACTION_CRASH);
    ck_assert_uint_eq(c.breaker.trip, 5);
    ck_assert_uint_eq(c.breaker.max_requests, 3);
    ck_assert_uint_eq(c.breaker.interval_ns, 60 * S);
    ck_assert_uint_eq(c.breaker.timeout_ns, 30 * S);
    ck_assert_uint_eq(c.breaker.probe_ns, 60 * S);
    ck_assert(!c.breaker_rejects && c.breaker_peers);
    ck_assert_uint_eq(c.breaker_life, 32);
    ck_assert_uint_eq(c.backoff_first_ns, S / 10);
    ck_assert_uint_eq(c.backoff_most_ns, 30 * S);
    ck_assert_uint_eq(c.restarts_most, 5);
    ck_assert_uint_eq(c.restart_window_ns, 60 * S);
    ck_assert_uint_eq(c.keep_count, 500);
    ck_assert_uint_eq(c.keep_bytes, 256 << 20);
    ck_assert_uint_eq(c.keep_free_percent, 5);
    ck_assert_uint_eq(c.keep_signature, 5);
    ck_assert_uint_eq(c.keep_signature_ns, 3600 * S);
    ck_assert_str_eq(c.keep_text, "count=500,bytes=268435456,free=5%,per_signature=5/3600s");
}
END_TEST

START_TEST(rules_keep_their_order_and_words)
{
    struct crumple_config c = good("CRUMPLE_RECOVER=conn_*=contain:wide, cleanup=restart:park,\n"
                                   "tick=restart:die,again=restart,operator==contain,*=crash");
    static const struct safe_rule want[] = {
        {"conn_*", SAFE_ACTION_CONTAIN, SAFE_AFTER_DIE, true},
        {"cleanup", SAFE_ACTION_RESTART, SAFE_AFTER_PARK, false},
        {"tick", SAFE_ACTION_RESTART, SAFE_AFTER_DIE, false},
        {"again", SAFE_ACTION_RESTART, SAFE_AFTER_DIE, false},
        {"operator=", SAFE_ACTION_CONTAIN, SAFE_AFTER_DIE, false},
        {"*", SAFE_ACTION_CRASH, SAFE_AFTER_DIE, false},
    };
    size_t i;
    ck_assert(c.recover);
    ck_assert_uint_eq(c.rule_count, 6);
    for (i = 0; i < 6; i++) {
        ck_assert_str_eq(c.rules[i].pattern, want[i].pattern);
        ck_assert_int_eq(c.rules[i].action, want[i].action);
        ck_assert_int_eq(c.rules[i].after, want[i].after);
        ck_assert_int_eq(c.rules[i].wide, want[i].wide);
    }
}
END_TEST

START_TEST(rules_that_only_crash_prepare_nothing)
{
    ck_assert(!good("CRUMPLE_RECOVER=a=crash,*=crash").recover);
    ck_assert(!good("CRUMPLE_RECOVER=").recover);
}
END_TEST

START_TEST(keys_change_what_they_name_and_no_more)
{
    struct crumple_config c = good("CRUMPLE_BREAKER=open=reject, timeout=5m,peer=off");
    ck_assert(c.breaker_rejects && !c.breaker_peers);
    ck_assert_uint_eq(c.breaker.timeout_ns, 300 * S);
    ck_assert_uint_eq(c.breaker.probe_ns, 300 * S);
    ck_assert_uint_eq(c.breaker.trip, 5);
    c = good("CRUMPLE_BREAKER=trip=0,interval=0s,max_requests=1,life=0");
    ck_assert_uint_eq(c.breaker_life, 0);
    ck_assert_uint_eq(c.breaker.trip, 0);
    ck_assert_uint_eq(c.breaker.interval_ns, 0);
    ck_assert_uint_eq(c.breaker.max_requests, 1);
    c = good("CRUMPLE_BACKOFF=3/2m");
    ck_assert_uint_eq(c.restarts_most, 3);
    ck_assert_uint_eq(c.restart_window_ns, 120 * S);
    ck_assert_uint_eq(c.backoff_first_ns, S / 10);
    c = good("CRUMPLE_BACKOFF=1s..1s");
    ck_assert_uint_eq(c.backoff_first_ns, S);
    ck_assert_uint_eq(c.restarts_most, 5);
    c = good("CRUMPLE_KEEP=bytes=1G,per_signature=2/90s");
    ck_assert_str_eq(c.keep_text, "count=500,bytes=1073741824,free=5%,per_signature=2/90s");
    c = good(
        "CRUMPLE_KEEP=count=1000000,bytes=17179869183G,free=99%,per_signature=1000000/31d,age=36500d,signature=1000000");
    ck_assert_str_eq(c.keep_text,
                     "count=1000000,bytes=18446744072635809792,free=99%,per_signature=1000000/2678400s,"
                     "age=3153600000s,signature=1000000");
    c = good("CRUMPLE_KEEP=age=90m");
    ck_assert_str_eq(c.keep_text, "count=500,bytes=268435456,free=5%,per_signature=5/3600s,age=5400s");
}
END_TEST

/* What is wrong, and the words that must name it. */
static const struct {
    const char *variable, *says;
} bad[] = {
    {"CRUMPLE_RECOVER=a=contian", "entry 'a=contian': no such action"},
    {"CRUMPLE_RECOVER=a", "entry 'a': not of the form"},
    {"CRUMPLE_RECOVER==contain", "entry '=contain': not of the form"},
    {"CRUMPLE_RECOVER=a=contain,", "entry '': not of the form"},
    {"CRUMPLE_RECOVER=a=contain,b=contain:park",
     "entry 'b=contain:park': the action does not take this word"},
    {"CRUMPLE_RECOVER=a=restart:wide", "entry 'a=restart:wide': the action"},
    {"CRUMPLE_RECOVER=a=crash:wide", "entry 'a=crash:wide': the action"},
    {"CRUMPLE_RECOVER=a=contain:", "entry 'a=contain:': the action"},
    {"CRUMPLE_BREAKER=trip=-1", "entry 'trip=-1': not a value"},
    {"CRUMPLE_BREAKER=trips=1", "entry 'trips=1': no such key (trip,"},
    {"CRUMPLE_BREAKER=max_requests=0", "entry 'max_requests=0'"},
    {"CRUMPLE_BREAKER=open=shut", "entry 'open=shut'"},
    {"CRUMPLE_BREAKER=peer", "entry 'peer': not of the form"},
    {"CRUMPLE_BREAKER=timeout=0s", "entry 'timeout=0s'"},
    {"CRUMPLE_BACKOFF=2s..1s", "entry '2s..1s'"},
    {"CRUMPLE_BACKOFF=100ms..30s,16/60s", "entry '16/60s'"},
    {"CRUMPLE_BACKOFF=5/500ms", "entry '5/500ms'"},
    {"CRUMPLE_BACKOFF=fast", "entry 'fast'"},
    {"CRUMPLE_KEEP=count=0", "entry 'count=0'"},
    {"CRUMPLE_KEEP=bytes=1K", "entry 'bytes=1K'"},
    {"CRUMPLE_KEEP=free=5", "entry 'free=5': not a share such as 5%"},
    {"CRUMPLE_KEEP=free=100%", "entry 'free=100%'"},
    {"CRUMPLE_KEEP=per_signature=5", "entry 'per_signature=5'"},
    {"CRUMPLE_KEEP=age=30", "entry 'age=30'"},
    {"CRUMPLE_KEEP=age=1s", "entry 'age=1s'"},
    {"CRUMPLE_KEEP=age=36501d", "entry 'age=36501d'"},
    {"CRUMPLE_KEEP=signature=x", "entry 'signature=x'"},
    {"CRUMPLE_KEEP=ages=1d", "entry 'ages=1d': no such key"},
};

START_TEST(a_bad_entry_is_named_once_and_the_default_stands)
{
    static struct crumple_config by_default;
    char text[2048];
    struct crumple_config c = parsed(bad[_i].variable, text, sizeof text);
    char *none[] = {NULL};
    config_parse(&by_default, none);
    ck_assert_msg(strstr(text, bad[_i].says) != NULL, "%s", text);
    ck_assert_ptr_eq(strchr(text, '\n'), text + strlen(text) - 1);
    ck_assert_int_eq(strncmp(text, "crumple: CRUMPLE_", 17), 0);
    ck_assert_mem_eq(&c, &by_default, sizeof c);
}
END_TEST

START_TEST(of_a_bad_list_of_rules_nothing_is_contained)
{
    char text[2048];
    struct crumple_config c = parsed("CRUMPLE_RECOVER=a=contain,b=contian", text, sizeof text);
    ck_assert(!c.recover);
    ck_assert_ptr_nonnull(strstr(text, "; nothing is contained\n"));
}
END_TEST

START_TEST(limits_of_length_and_number)
{
    static char value[16384];
    char text[2048];
    size_t i, n;
    n = (size_t)sprintf(value, "CRUMPLE_RECOVER=");
    for (i = 0; i < SAFE_RULES_MAX; i++)
        n += (size_t)sprintf(value + n, "%sr%zu=contain", i ? "," : "", i);
    ck_assert_uint_eq(good(value).rule_count, SAFE_RULES_MAX);
    strcpy(value + n, ",more=contain");
    ck_assert(!parsed(value, text, sizeof text).recover);
    ck_assert_ptr_nonnull(strstr(text, "entry 'more=contain': too many entries"));

    n = (size_t)sprintf(value, "CRUMPLE_RECOVER=");
    memset(value + n, 'p', SAFE_PATTERN_BYTES - 1);
    strcpy(value + n + SAFE_PATTERN_BYTES - 1, "=contain");
    ck_assert(good(value).recover);
    memset(value + n, 'p', SAFE_PATTERN_BYTES);
    strcpy(value + n + SAFE_PATTERN_BYTES, "=contain");
    ck_assert(!parsed(value, text, sizeof text).recover);
    ck_assert_ptr_nonnull(strstr(text, "pattern too long"));
    memset(value + n, 'p', 9000);
    strcpy(value + n + 9000, "=contain");
    ck_assert(!parsed(value, text, sizeof text).recover);
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, by_default_nothing_is_contained);
    tcase_add_test(tests, rules_keep_their_order_and_words);
    tcase_add_test(tests, rules_that_only_crash_prepare_nothing);
    tcase_add_test(tests, keys_change_what_they_name_and_no_more);
    tcase_add_loop_test(tests, a_bad_entry_is_named_once_and_the_default_stands, 0, sizeof bad / sizeof *bad);
    tcase_add_test(tests, of_a_bad_list_of_rules_nothing_is_contained);
    tcase_add_test(tests, limits_of_length_and_number);
}
