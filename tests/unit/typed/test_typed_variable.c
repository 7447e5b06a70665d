/* SPDX-License-Identifier: MIT */
#include "typed_variable.h"

#include <string.h>

#include "fixture/fixture.h"
#include "typed_deadline.h"
#include "typed_field.h"
#include "unit.h"

static struct typed_variable find(const struct fixture *fixture, const char *name)
{
    struct typed_variable variable;
    ck_assert_msg(typed_find_variable(fixture->dwarf, name, typed_now_ms() + 10000, &variable), "%s", name);
    return variable;
}

static int read_int(const struct fixture *fixture, const char *name)
{
    const struct typed_variable variable = find(fixture, name);
    int value = -1;
    ck_assert(variable.has_place);
    ck_assert(typed_read(&fixture->memory, fixture->bias + variable.address, &value, sizeof value));
    return value;
}

START_TEST(finds_globals_statics_and_members)
{
    const struct fixture fixture = fixture_load();
    ck_assert_int_eq(read_int(&fixture, "numbers"), 1);
    ck_assert_int_eq(read_int(&fixture, "hidden"), 42);
    ck_assert_int_eq(read_int(&fixture, "calls"), 6); /* of a function */
    ck_assert_int_eq(read_int(&fixture, "game::player::count"), 3);
    ck_assert_int_eq(read_int(&fixture, "player::count"), 3);
    ck_assert_int_eq(read_int(&fixture, "count"), 3);
    ck_assert_uint_eq(find(&fixture, "game::tick").count, 1);
    const struct typed_variable tick = find(&fixture, "tick");
    ck_assert_uint_eq(typed_size(&tick.type), 8);
}
END_TEST

START_TEST(finds_thread_locals)
{
    const struct fixture fixture = fixture_load();
    const struct typed_variable id = find(&fixture, "player_id"), other = find(&fixture, "other_local");
    ck_assert(id.is_thread_local && id.has_place && other.is_thread_local && other.has_place);
    ck_assert_uint_ne(id.tls_offset, other.tls_offset);
    ck_assert_uint_lt(id.tls_offset, 64);
}
END_TEST

START_TEST(says_what_is_not_there)
{
    const struct fixture fixture = fixture_load();
    struct typed_variable variable;
    ck_assert(!typed_find_variable(fixture.dwarf, "nothing", 0, &variable));
    ck_assert(!typed_find_variable(fixture.dwarf, "wrong::tick", 0, &variable));
    ck_assert(!typed_find_variable(fixture.dwarf, "e::tick", 0, &variable)); /* half a name */
    ck_assert(!typed_find_variable(fixture.dwarf, "other::game::tick", 0, &variable));
    ck_assert(!typed_find_variable(fixture.dwarf, "", 0, &variable));
    ck_assert(!typed_find_variable(fixture.dwarf, "::", 0, &variable));
}
END_TEST

START_TEST(follows_members)
{
    const struct fixture fixture = fixture_load();
    struct typed_type pointee, type;
    struct typed_bits bits;
    uint64_t offset;
    const struct typed_variable chosen = find(&fixture, "chosen");
    ck_assert(typed_pointee(&chosen.type, &pointee));
    ck_assert_int_eq(typed_kind(&pointee), TYPED_STRUCT);
    ck_assert(typed_member(&pointee, "base_id", &type, &offset, &bits));
    ck_assert_uint_eq(offset, 0);
    ck_assert(typed_member(&pointee, "id", &type, &offset, &bits));
    ck_assert_uint_eq(offset, 4);
    ck_assert_int_eq(typed_kind(&type), TYPED_UNSIGNED);
    ck_assert(typed_member(&pointee, "ratio", &type, &offset, &bits)); /* of the anonymous union */
    ck_assert_int_eq(typed_kind(&type), TYPED_FLOAT);
    ck_assert(typed_member(&pointee, "team", &type, &offset, &bits));
    ck_assert_uint_eq(bits.first, 1);
    ck_assert_uint_eq(bits.size, 3);
    ck_assert(!typed_member(&pointee, "count", &type, &offset, &bits)); /* static */
    ck_assert(!typed_member(&pointee, "nothing", &type, &offset, &bits));
}
END_TEST

START_TEST(a_deadline_ends_it)
{
    const struct fixture fixture = fixture_load();
    struct typed_variable variable;
    ck_assert(!typed_find_variable(fixture.dwarf, "nothing", 1, &variable));
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, finds_globals_statics_and_members);
    tcase_add_test(tests, finds_thread_locals);
    tcase_add_test(tests, says_what_is_not_there);
    tcase_add_test(tests, follows_members);
    tcase_add_test(tests, a_deadline_ends_it);
}
