/* SPDX-License-Identifier: MIT */
/* Files beside this program: see base/self.h. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/self.h"

char *self_beside(const char *name)
{
    char self[PATH_MAX], *path;
    ssize_t length = readlink("/proc/self/exe", self, sizeof self);

    if (length < 0)
        return NULL;
    const char *slash = memrchr(self, '/', (size_t)length);
    if (!slash || length == (ssize_t)sizeof self) {
        errno = ENOENT;
        return NULL;
    }
    return asprintf(&path, "%.*s/%s", (int)(slash - self), self, name) < 0 ? NULL : path;
}
