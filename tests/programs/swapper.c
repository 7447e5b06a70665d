/* SPDX-License-Identifier: MIT */
/* swapper SECONDS A B: exchanges two names as fast as it can, for as long as that. Who looks at a name twice
 * sees two files. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    if (argc != 4)
        return 2;
    const time_t end = time(NULL) + atoi(argv[1]);
    while (time(NULL) < end)
        for (int i = 0; i < 1000; i++)
            if (renameat2(AT_FDCWD, argv[2], AT_FDCWD, argv[3], RENAME_EXCHANGE) < 0)
                usleep(10);
    return 0;
}
