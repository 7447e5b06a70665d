/* SPDX-License-Identifier: MIT */
/* What env(1) of an image with musl does: sets LD_PRELOAD and becomes another program. launcher OBJECT
 * PROGRAM [ARGUMENT...] */
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    if (argc < 3 || setenv("LD_PRELOAD", argv[1], 1) != 0)
        return 125;
    execv(argv[2], argv + 2);
    return 126;
}
