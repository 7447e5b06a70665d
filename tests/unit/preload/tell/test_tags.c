/* SPDX-License-Identifier: MIT */
/* A table of tags: what counts, what hides what, and what its limits do. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "state/config.h"
#include "tell/tags.h"
#include "unit.h"

const struct crumple_config *crumple_config;

static struct safe_tags tags;

static int set(const char *name, const char *text, bool push)
{
    char value[SAFE_TAG_VALUE_BYTES];
    snprintf(value, sizeof value, "%s", text);
    return safe_tags_set(&tags, name, value, push);
}

static const struct safe_tag *get(const char *name)
{
    static struct safe_tag tag;
    for (uint32_t i = 0; i < SAFE_TAGS_MAX; i++)
        if (safe_tags_read(&tags, i, &tag) && strcmp(tag.name, name) == 0)
            return &tag;
    return NULL;
}

static void expect(const char *name, const char *value)
{
    const struct safe_tag *tag = get(name);
    ck_assert_ptr_nonnull(tag);
    ck_assert_str_eq(tag->value[0], value);
}

START_TEST(the_last_value_counts)
{
    char text[16];
    for (int i = 0; i < 100; i++) {
        snprintf(text, sizeof text, "%d", i);
        ck_assert_int_eq(set("match_id", text, false), 0);
        ck_assert_int_eq(set("tick", "7", false), 0);
        expect("match_id", text);
    }
    expect("tick", "7");
    ck_assert_uint_eq(tags.used, 2);
}
END_TEST

START_TEST(a_pop_brings_back_what_the_push_has_hidden)
{
    set("rpc", "outer", false);
    ck_assert_int_eq(set("rpc", "join", true), 0);
    ck_assert_int_eq(set("user", "u1", true), 0);
    expect("rpc", "join");
    ck_assert_int_eq(set("rpc", "join2", false), 0);
    expect("rpc", "join2");
    ck_assert_int_eq(safe_tags_pop(&tags, "rpc"), 0);
    expect("rpc", "outer");
    ck_assert_int_eq(safe_tags_pop(&tags, "rpc"), -ENOENT);
    expect("rpc", "outer");
    expect("user", "u1");
    ck_assert_int_eq(safe_tags_pop(&tags, "user"), 0);
    ck_assert_ptr_null(get("user"));
    ck_assert_int_eq(safe_tags_remove(&tags, "rpc"), 0);
    ck_assert_ptr_null(get("rpc"));
    ck_assert_int_eq(safe_tags_remove(&tags, "rpc"), -ENOENT);
}
END_TEST

START_TEST(pushes_that_were_left_by_a_jump_are_taken_back)
{
    set("a", "0", false);
    set("a", "1", true);
    uint8_t depth = safe_tags_depth(&tags);
    set("a", "2", true);
    set("a", "3", true);
    set("b", "4", true);
    set("c", "5", false);
    tags.is_busy = true;
    safe_tags_unwind(&tags, depth);
    expect("a", "1");
    ck_assert_ptr_null(get("b"));
    expect("c", "5");
    ck_assert_int_eq(set("a", "6", false), 0);
    expect("a", "6");
}
END_TEST

START_TEST(a_secret_stays_one)
{
    ck_assert_int_eq(set("!token", "x", false), 0);
    ck_assert(get("token")->is_secret);
    set("token", "y", false);
    ck_assert(get("token")->is_secret);
    set("token", "z", true);
    ck_assert(get("token")->is_secret);
    ck_assert_int_eq(safe_tags_pop(&tags, "!token"), 0);
    expect("token", "y");
    set("plain", "1", false);
    set("!plain", "2", false);
    ck_assert(get("plain")->is_secret);
}
END_TEST

START_TEST(names_and_places_are_limited)
{
    char name[40];
    static const char *const bad[] = {"", "!", "a b", "a=b", "a,b", "\xc3\xa4", "a\n", "!!a", "\"a\""};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ck_assert_int_eq(set(bad[i], "x", false), -EINVAL);
    memset(name, 'n', sizeof name);
    name[32] = '\0';
    ck_assert_int_eq(set(name, "x", false), -EINVAL);
    name[31] = '\0';
    ck_assert_int_eq(set(name, "x", false), 0);
    for (int i = 1; i < SAFE_TAGS_MAX; i++) {
        snprintf(name, sizeof name, "http.x-%d/y:z_", i);
        ck_assert_int_eq(set(name, "x", false), 0);
    }
    ck_assert_int_eq(set("more", "x", false), -ENOSPC);
    ck_assert_int_eq(set("http.x-3/y:z_", "y", true), -ENOSPC);
    expect("http.x-3/y:z_", "x");
    ck_assert_int_eq(safe_tags_remove(&tags, "http.x-3/y:z_"), 0);
    ck_assert_int_eq(set("more", "x", false), 0);
    expect("more", "x");
}
END_TEST

/* As a handler finds it that has interrupted a change. */
START_TEST(a_table_that_is_being_changed_refuses_and_recovers)
{
    set("a", "0", false);
    tags.is_busy = true;
    ck_assert_int_eq(set("a", "1", false), -EAGAIN);
    ck_assert_int_eq(safe_tags_remove(&tags, "a"), -EAGAIN);
    expect("a", "0");
    int tries = 0;
    while (set("a", "2", false) == -EAGAIN && tries < 100)
        tries++;
    ck_assert_int_lt(tries, 100);
    expect("a", "2");
    ck_assert_int_eq(set("a", "3", false), 0);
}
END_TEST

/* A writer that was stopped before its last step has changed nothing that is seen. */
START_TEST(a_value_half_written_is_not_seen)
{
    set("a", "old", false);
    memset(tags.tag[0].value[(tags.tag[0].turns + 1) % 2], 'X', SAFE_TAG_VALUE_BYTES);
    expect("a", "old");
    memset(&tags.tag[1], 'X', sizeof tags.tag[1]);
    tags.tag[1].level = 0;
    struct safe_tag tag;
    ck_assert(!safe_tags_read(&tags, 1, &tag));
}
END_TEST

START_TEST(another_thread_begins_with_none)
{
    set("a", "1", false);
    safe_tags_clear(&tags);
    ck_assert_ptr_null(get("a"));
    ck_assert_int_eq(set("b", "2", false), 0);
    expect("b", "2");
    ck_assert_ptr_null(get("a"));
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, the_last_value_counts);
    tcase_add_test(tests, a_pop_brings_back_what_the_push_has_hidden);
    tcase_add_test(tests, pushes_that_were_left_by_a_jump_are_taken_back);
    tcase_add_test(tests, a_secret_stays_one);
    tcase_add_test(tests, names_and_places_are_limited);
    tcase_add_test(tests, a_table_that_is_being_changed_refuses_and_recovers);
    tcase_add_test(tests, a_value_half_written_is_not_seen);
    tcase_add_test(tests, another_thread_begins_with_none);
}
