/* SPDX-License-Identifier: MIT */
#include "facts/user.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "facts/place.h"

/* The field of that number of a line "a:b:c"; its length in *ret_size. NULL: there is none. */
static const char *field(const char *line, int number, size_t *ret_size)
{
    for (; number > 0; number--) {
        line += strcspn(line, ":\n");
        if (*line != ':')
            return NULL;
        line++;
    }
    *ret_size = strcspn(line, ":\n");
    return line;
}

static const char *next_line(const char *line)
{
    const char *end = strchr(line, '\n');
    return end ? end + 1 : line + strlen(line);
}

static bool is_text(const char *text, size_t size, const char *wanted)
{
    return text && strlen(wanted) == size && memcmp(text, wanted, size) == 0;
}

static void add_group(struct user *user, gid_t group)
{
    if (user->group_count < USER_GROUPS_MAX)
        user->groups[user->group_count++] = group;
}

/* The entry by name (not NULL) or by user->uid. */
static bool read_passwd(int root, const char *name, struct user *user, bool adds_group)
{
    char *text = place_read(root, NULL, "/etc/passwd");
    bool found = false;
    for (const char *line = text; line && *line && !found; line = next_line(line)) {
        size_t name_size = 0, uid_size = 0, gid_size = 0;
        const char *entry = field(line, 0, &name_size), *uid = field(line, 2, &uid_size),
                   *gid = field(line, 3, &gid_size);
        if (!uid || !uid_size || !gid ||
            !(name ? is_text(entry, name_size, name) : strtoul(uid, NULL, 10) == user->uid))
            continue;
        found = true;
        user->uid = (uid_t)strtoul(uid, NULL, 10);
        if (adds_group)
            add_group(user, (gid_t)strtoul(gid, NULL, 10));
        snprintf(user->name, sizeof user->name, "%.*s", (int)(name_size < 39 ? name_size : 39), entry);
    }
    free(text);
    return found;
}

static void read_groups(int root, struct user *user)
{
    char *text = place_read(root, NULL, "/etc/group");
    for (const char *line = text; line && *line && user->name[0]; line = next_line(line)) {
        size_t gid_size = 0, members_size = 0;
        const char *gid = field(line, 2, &gid_size), *members = field(line, 3, &members_size);
        for (const char *at = members; gid && at && at < members + members_size;) {
            size_t n = strcspn(at, ",\n");
            if (is_text(at, n, user->name))
                add_group(user, (gid_t)strtoul(gid, NULL, 10));
            at += n + 1;
        }
    }
    free(text);
}

int user_find(int root, const char *who, struct user *ret)
{
    char *end;
    *ret = (struct user){.uid = 0};
    errno = 0;
    unsigned long number = strtoul(who, &end, 10);
    if (*who >= '0' && *who <= '9' && !*end && !errno && number < UINT_MAX) {
        ret->uid = (uid_t)number;
        (void)read_passwd(root, NULL, ret, true);
    } else if (!read_passwd(root, who, ret, true)) {
        return -ENOENT;
    }
    read_groups(root, ret);
    return 0;
}

void user_self(int root, struct user *ret)
{
    gid_t groups[USER_GROUPS_MAX];
    *ret = (struct user){.uid = geteuid()};
    add_group(ret, getegid());
    int count = getgroups(USER_GROUPS_MAX, groups);
    for (int i = 0; i < count; i++)
        add_group(ret, groups[i]);
    user_add_name(root, ret);
}

void user_add_name(int root, struct user *user)
{
    (void)read_passwd(root, NULL, user, false);
}

bool user_may(const struct user *user, const struct stat *status, unsigned rights)
{
    bool is_member = false;
    for (size_t i = 0; i < user->group_count; i++)
        is_member |= user->groups[i] == status->st_gid;
    if (user->uid == 0) /* CAP_DAC_OVERRIDE: but a file without any x cannot be executed */
        return !(rights & 1) || S_ISDIR(status->st_mode) || (status->st_mode & 0111);
    unsigned shift = status->st_uid == user->uid ? 6 : is_member ? 3 : 0;
    return ((status->st_mode >> shift) & rights) == rights;
}

int user_reaches(int root, const struct user *user, const char *path, char ret_path[], size_t size)
{
    for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
        struct stat status;
        snprintf(ret_path, size, "%.*s", slash == path ? 1 : (int)(slash - path), path);
        int error = place_stat(root, ret_path, &status);
        if (!error && !S_ISDIR(status.st_mode))
            error = -ENOTDIR;
        if (!error && !user_may(user, &status, 1))
            error = -EACCES;
        if (error)
            return error;
    }
    return 0;
}
