/* SPDX-License-Identifier: MIT */
/* Bugs that something notices: assert, an own invariant on two paths, the heap. */
#undef NDEBUG
#include "bugs.h"

#include <assert.h>
#include <stdlib.h>

struct account {
    int balance;
    int reserved;
};

static void withdraw(struct account *account, int amount)
{
    account->balance -= amount;
    assert(account->balance >= account->reserved);
}

static void overdrawn_account(void)
{
    struct account account = {.balance = 10 + input, .reserved = 5};
    withdraw(&account, 20);
    input = account.balance;
}

static void close_ledger(const struct account *account)
{
    invariant(account->reserved == 0, "a closed ledger reserves nothing");
    input = account->balance;
}

static void close_with_reservation(void)
{
    struct account account = {.balance = 1, .reserved = 1 + input};
    close_ledger(&account);
    input++;
}

static void open_ledger(const struct account *account)
{
    invariant(account->balance > 0, "an open ledger has a balance");
    input = account->balance;
}

/* The same helper aborts, for another caller. */
static void open_without_balance(void)
{
    struct account account = {.balance = input};
    open_ledger(&account);
    input++;
}

static void release_session(char **name)
{
    free(*name);
    input++;
}

static void session_released_twice(void)
{
    char *name = as_read(malloc(3000));
    char *keep = as_read(malloc(3000));
    release_session(&name);
    release_session(&name);
    free(keep);
}

const struct bug check_bugs[] = {
    {"overdrawn-account", overdrawn_account},
    {"close-with-reservation", close_with_reservation},
    {"open-without-balance", open_without_balance},
    {"session-released-twice", session_released_twice},
    {NULL, NULL},
};
