/* SPDX-License-Identifier: MIT */
/* Unit tests of peers' addresses as text. */
#include "track/sockets.h"
#include "unit.h"

static const struct {
    struct safe_peer peer;
    const char *text;
} peers[] = {
    {{0}, ""},
    {{4, {192, 0, 2, 7}}, "192.0.2.7"},
    {{6, {0}}, "::"},
    {{6, {[15] = 1}}, "::1"},
    {{6, {0x20, 0x01, 0x0d, 0xb8, [15] = 7}}, "2001:db8::7"},
    {{6, {0xfe, 0x80}}, "fe80::"},
    {{6, {0, 1, 0, 0, 0, 2, 0, 0, 0, 0, 0, 3, 0, 4, 0, 5}}, "1:0:2::3:4:5"},
    {{6, {0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0xab, 0xcd}}, "1:2:3:4:5:6:7:abcd"},
    {{6, {0, 1, 0, 0, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 8}}, "1:0:3:4:5:6:7:8"},
    {{6, {[10] = 0xff, [11] = 0xff, [12] = 10, [15] = 9}}, "10.0.0.9"},
};

START_TEST(peers_are_written_as_people_do)
{
    char text[48];
    safe_peer_text(&peers[_i].peer, text, sizeof text);
    ck_assert_str_eq(text, peers[_i].text);
    ck_assert(safe_peer_equal(&peers[_i].peer, &peers[_i].peer));
    ck_assert(_i == 1 || !safe_peer_equal(&peers[_i].peer, &peers[1].peer));
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_loop_test(tests, peers_are_written_as_people_do, 0, sizeof peers / sizeof *peers);
}
