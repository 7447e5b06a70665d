/* SPDX-License-Identifier: MIT */
#include "hold/hold.h"

void hold_begin(struct hold *ret, const struct run_settings *settings)
{
    (void)settings;
    *ret = (struct hold){.fd = -1, .peers_fd = -1};
}

bool hold_variable(const struct hold *hold, bool is_next_life, char *ret, size_t bytes)
{
    (void)hold, (void)is_next_life, (void)ret, (void)bytes;
    return false;
}

void hold_life_began(struct hold *hold, pid_t server)
{
    (void)hold, (void)server;
}

int hold_fds(const struct hold *hold, struct pollfd *ret, int max)
{
    (void)hold, (void)ret, (void)max;
    return 0;
}

int hold_step(struct hold *hold, int64_t now_us)
{
    (void)hold, (void)now_us;
    return -1;
}

bool hold_is_helper(const struct hold *hold, pid_t pid)
{
    (void)hold, (void)pid;
    return false;
}

bool hold_reaped(struct hold *hold, pid_t pid)
{
    return hold_is_helper(hold, pid);
}

void hold_server_died(struct hold *hold, pid_t server, int64_t now_us)
{
    (void)hold, (void)server, (void)now_us;
}

bool hold_is_handed(const struct hold *hold)
{
    (void)hold;
    return true;
}

void hold_release(struct hold *hold)
{
    (void)hold;
}

struct hold_counts hold_counts(const struct hold *hold)
{
    (void)hold;
    return (struct hold_counts){0};
}
