/* SPDX-License-Identifier: MIT */
/* The module information of Go programs. */
#include "go_build.h"

#include "unit.h"

static const char text[] = "go\tgo1.19.8\n"
                           "path\texample.com/arena/cmd/server\n"
                           "mod\texample.com/arena\t(devel)\t\n"
                           "dep\tgithub.com/a/b\tv1.2.3\th1:abc=\n"
                           "dep\tgithub.com/a/b/v2\tv2.0.0\th1:def=\n"
                           "dep\tgithub.com/c/d\tv0.1.0\n"
                           "=>\t../d\tv0.2.0\t\n"
                           "build\t-compiler=gc\n"
                           "build\tCGO_ENABLED=1\n";

static void is_text(struct go_text found, const char *wanted)
{
    ck_assert_msg(go_text_is(found, wanted), "'%.*s', not '%s'", (int)found.size, found.at, wanted);
}

START_TEST(modules)
{
    struct go_build build;
    ck_assert_int_eq(go_build_read(text, sizeof text - 1, &build), 0);
    is_text(build.version, "go1.19.8");
    is_text(build.main.path, "example.com/arena");
    is_text(build.main.version, "(devel)");
    ck_assert_uint_eq(build.module_count, 3);
    is_text(build.modules[2].version, "v0.2.0");
    go_build_release(&build);
}
END_TEST

static struct go_text package(const char *name)
{
    return (struct go_text){name, strlen(name)};
}

START_TEST(module_of_a_package)
{
    struct go_build build;
    ck_assert_int_eq(go_build_read(text, sizeof text - 1, &build), 0);
    is_text(go_build_module(&build, package("main"))->path, "example.com/arena");
    is_text(go_build_module(&build, package("example.com/arena/match"))->path, "example.com/arena");
    is_text(go_build_module(&build, package("github.com/a/b"))->path, "github.com/a/b");
    is_text(go_build_module(&build, package("github.com/a/b/x"))->path, "github.com/a/b");
    is_text(go_build_module(&build, package("github.com/a/b/v2/x"))->path, "github.com/a/b/v2");
    ck_assert_ptr_null(go_build_module(&build, package("github.com/a/bc")));
    ck_assert_ptr_null(go_build_module(&build, package("net/http")));
    go_build_release(&build);
}
END_TEST

/* Go prints gopkg.in/yaml%2ev3.Unmarshal, but gopkg.in/yaml.v3/internal.f. */
START_TEST(module_with_a_dot)
{
    static const char dotted[] = "mod\tarena/game.v1\ndep\tgopkg.in/yaml.v3\tv3.0.1\n";
    struct go_build build;
    ck_assert_int_eq(go_build_read(dotted, sizeof dotted - 1, &build), 0);
    is_text(go_build_module(&build, package("arena/game%2ev1"))->path, "arena/game.v1");
    is_text(go_build_module(&build, package("gopkg.in/yaml%2ev3"))->path, "gopkg.in/yaml.v3");
    is_text(go_build_module(&build, package("gopkg.in/yaml.v3/internal"))->path, "gopkg.in/yaml.v3");
    ck_assert_ptr_null(go_build_module(&build, package("gopkg.in/yaml%2ev2")));
    ck_assert_ptr_null(go_build_module(&build, package("gopkg.in/yaml%2")));
    go_build_release(&build);
}
END_TEST

/* Without modules there is a path alone, and perhaps nothing. */
START_TEST(little_is_known)
{
    static const char *const texts[] = {"", "\n\n", "go", "go\t", "=>\tx\ty\n", "\t\t\t\n", "dep", "mod\n"};
    struct go_build build;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        ck_assert_int_eq(go_build_read(texts[i], strlen(texts[i]), &build), 0);
        ck_assert_uint_eq(build.version.size, 0);
        ck_assert_ptr_null(go_build_module(&build, package("main")));
        go_build_release(&build);
    }
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, modules);
    tcase_add_test(tests, module_of_a_package);
    tcase_add_test(tests, module_with_a_dot);
    tcase_add_test(tests, little_is_known);
}
