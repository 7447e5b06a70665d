/* SPDX-License-Identifier: MIT */
/* A C program whose plugin brings libstdc++ along: exceptions_host LIBRARY VERB. */
#include <dlfcn.h>
#include <stdio.h>

int main(int argc, char **argv)
{
    void *library = argc > 2 ? dlopen(argv[1], RTLD_NOW | RTLD_LOCAL) : NULL;
    int (*run)(const char *) = library ? (int (*)(const char *))dlsym(library, "run_verb") : NULL;
    if (!run) {
        fprintf(stderr, "exceptions_host: %s\n", argc > 2 ? dlerror() : "LIBRARY VERB");
        return 70;
    }
    return run(argv[2]);
}
