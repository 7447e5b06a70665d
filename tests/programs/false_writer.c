/* SPDX-License-Identifier: MIT */
/* What the owner of a jail puts where the writer is outside: says that it was run. Static, as jails are
 * empty. */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int main(void)
{
    int fd = open("/was-run", O_CREAT | O_WRONLY, 0644);
    if (fd < 0 || dprintf(fd, "uid %d, euid %d\n", (int)getuid(), (int)geteuid()) < 0)
        return 1;
    return 0;
}
