/* SPDX-License-Identifier: MIT */
/* A unit file of systemd, and what the rules make of it. */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "facts/unit.h"
#include "doctor/unit_rules.h"
#include "fuzz.h"

static char path[] = "/tmp/crumple-fuzz-XXXXXX";
static int root = -1;

static void remove_root(void)
{
    (void)unlinkat(root, "etc/systemd/system/a.service", 0);
    (void)unlinkat(root, "etc/systemd/system", AT_REMOVEDIR);
    (void)unlinkat(root, "etc/systemd", AT_REMOVEDIR);
    (void)unlinkat(root, "etc", AT_REMOVEDIR);
    (void)rmdir(path);
}

/* A root that holds the file. */
static void make_file(const uint8_t *bytes, size_t size)
{
    if (root < 0) {
        root = mkdtemp(path) ? open(path, O_PATH | O_DIRECTORY) : -1;
        if (root < 0 || mkdirat(root, "etc", 0700) < 0 || mkdirat(root, "etc/systemd", 0700) < 0 ||
            mkdirat(root, "etc/systemd/system", 0700) < 0 || atexit(remove_root) != 0)
            abort();
    }
    int fd = openat(root, "etc/systemd/system/a.service", O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (fd < 0 || write(fd, bytes, size) != (ssize_t)size)
        abort();
    close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    const struct unit_needs needs = {
        .object = "/opt/libcrumple.so", .writer = "/opt/crumple-writer", .dir = "/var/crash"};
    struct verdicts verdicts = {0};
    struct unit unit;
    char name[UNIT_NAME_BYTES];
    char *text = strndup((const char *)bytes, size);
    make_file(bytes, size);
    if (unit_read(root, "a", &unit) < 0)
        abort();
    unit_free_environ(unit_environ(root, &unit));
    unit_judge(&unit, &needs, &verdicts);
    verdicts_clear(&verdicts);
    unit_clear(&unit);
    (void)unit_of_cgroup(text, name);
    free(text);
    return 0;
}
