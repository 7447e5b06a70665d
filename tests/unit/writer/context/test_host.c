/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "context/host.h"
#include "unit.h"

#define ID "3f2a0123456789abcdef0123456789abcdef0123456789abcdef0123456789ab"

static struct core_span span(const char *text)
{
    return (struct core_span){(const uint8_t *)text, strlen(text)};
}

START_TEST(the_container_is_in_the_path_of_the_group)
{
    static const struct {
        const char *cgroup, *runtime;
        bool is_kubernetes;
    } rows[] = {
        {"0::/system.slice/docker-" ID ".scope\n", "docker", false},
        {"12:pids:/docker/" ID "\n0::/\n", "docker", false},
        {"0::/machine.slice/libpod-" ID ".scope/container\n", "podman", false},
        {"0::/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1.slice/cri-containerd-" ID
         ".scope\n",
         "containerd", true},
        {"0::/kubepods.slice/kubepods-pod1.slice/crio-" ID ".scope\n", "cri-o", true},
        {"4:memory:/kubepods/besteffort/pod5e0c/" ID "\n", "", true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct host_words host = {0};
        host_find_container(span(rows[i].cgroup), span(""), &host);
        ck_assert_str_eq(host.container, ID);
        ck_assert_str_eq(host.runtime, rows[i].runtime);
        ck_assert_int_eq(host.is_kubernetes, rows[i].is_kubernetes);
    }
}
END_TEST

START_TEST(otherwise_in_what_the_runtime_has_mounted)
{
    struct host_words host = {0};
    host_find_container(
        span("0::/\n"),
        span("561 550 0:63 / / rw - overlay overlay rw,lowerdir=/var/lib/docker/overlay2/" ID "/diff\n"
             "563 561 8:1 /var/lib/docker/containers/" ID "/hostname /etc/hostname rw - ext4 /dev/sda1 rw\n"),
        &host);
    ck_assert_str_eq(host.container, ID);
    ck_assert_str_eq(host.runtime, "docker");
    host = (struct host_words){0};
    host_find_container(span("0::/user.slice\n"), span("561 550 0:63 / / rw - ext4 /dev/sda1 rw\n"), &host);
    ck_assert_str_eq(host.container, "");
    ck_assert_str_eq(host.runtime, "");
    /* Longer and shorter numbers are no ids. */
    host_find_container(span("0::/docker/" ID "0\n1::/docker/3f2a\n"), span(""), &host);
    ck_assert_str_eq(host.container, "");
}
END_TEST

START_TEST(the_system_and_the_user_have_names)
{
    struct host_words host = {0};
    host_take_os(span("NAME=x\nPRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nID=debian\n"), &host);
    ck_assert_str_eq(host.os, "Debian GNU/Linux 12 (bookworm)");
    host_take_os(span("PRETTY_NAME=Alpine"), &host);
    ck_assert_str_eq(host.os, "Alpine");
    host_take_user(span("root:x:0:0:root:/root:/bin/sh\nnginx:x:33:33::/:/bin/false\nbroken\nshort:x:34\n"),
                   33, &host);
    ck_assert_str_eq(host.user, "nginx");
    host = (struct host_words){0};
    host_take_user(span("root:x:0:0:root:/root:/bin/sh\nbroken\nshort:x:34"), 34, &host);
    ck_assert_str_eq(host.user, "");
}
END_TEST

START_TEST(the_environment_names_the_pod)
{
    static const char text[] = "PATH=/bin\0POD_NAME=arena-7\0POD_NAMESPACE=games\0NODE_NAME=[redacted]\0"
                               "KUBERNETES_SERVICE_HOST=10.0.0.1\0container=systemd-nspawn";
    struct host_words host = {0};
    host_take_environment((struct core_span){(const uint8_t *)text, sizeof text}, &host);
    ck_assert(host.is_kubernetes);
    ck_assert_str_eq(host.pod, "arena-7");
    ck_assert_str_eq(host.space, "games");
    ck_assert_str_eq(host.node, "");
    ck_assert_str_eq(host.runtime, "systemd-nspawn");
    char longest[2000] = "POD_NAME=";
    memset(longest + 9, 'x', sizeof longest - 10);
    host_take_environment((struct core_span){(const uint8_t *)longest, sizeof longest}, &host);
    ck_assert_uint_eq(strlen(host.pod), sizeof host.pod - 1);
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, the_container_is_in_the_path_of_the_group);
    tcase_add_test(tests, otherwise_in_what_the_runtime_has_mounted);
    tcase_add_test(tests, the_system_and_the_user_have_names);
    tcase_add_test(tests, the_environment_names_the_pod);
}
