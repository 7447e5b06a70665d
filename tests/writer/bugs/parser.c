/* SPDX-License-Identifier: MIT */
/* Bugs of a parser: missing headers, recursion, a switch and a table of states. */
#include "bugs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct header {
    const char *name;
    const char *value;
};

static const char *header_value(const struct header *headers, const char *name)
{
    for (; headers->name != NULL; headers++) {
        if (strcmp(headers->name, name) == 0)
            return headers->value;
    }
    return NULL;
}

static size_t host_length(const struct header *headers)
{
    return text_length(header_value(headers, "Host"));
}

/* strlen of a header that the client has not sent. */
static void missing_host_header(void)
{
    const struct header headers[] = {{"Accept", "*/*"}, {NULL, NULL}};
    input = (int)host_length(headers);
}

struct node {
    struct node *left, *right;
    int value;
};

static int sum_of_tree(const struct node *node)
{
    int left = sum_of_tree(node->left);
    int right = sum_of_tree(node->right);
    return left + right + node->value;
}

/* No check for the end of the tree: the recursion reads through NULL at some depth. */
static void sum_of_bad_tree(void)
{
    struct node nodes[6] = {0};
    for (int i = 0; i < 5; i++)
        nodes[i].left = &nodes[i + 1];
    input = sum_of_tree(nodes);
}

static int parse_value(const char *text, int depth);

static int parse_list(const char *text, int depth)
{
    char copy[256];
    snprintf(copy, sizeof copy, "%s", text);
    return 1 + parse_value(copy, depth + 1) + copy[depth % 256];
}

static int parse_value(const char *text, int depth)
{
    if (text[0] == '[')
        return 1 + parse_list(text, depth);
    return depth;
}

/* Nesting without a limit: the stack overflows. */
static void nested_without_end(void)
{
    input = parse_value("[[[[", 0);
}

struct command {
    int kind;
    const char *text;
    int *counter;
};

static int run_command(const struct command *command)
{
    switch (command->kind) {
    case 0:
        return (*command->counter)++;
    case 1:
        return (int)strlen(command->text);
    default:
        return -1;
    }
}

/* A command whose counter was never set. */
static void command_without_counter(void)
{
    struct command command = {.kind = input};
    input = run_command(as_read(&command));
}

const struct bug parser_bugs[] = {
    {"missing-host-header", missing_host_header},
    {"sum-of-bad-tree", sum_of_bad_tree},
    {"nested-without-end", nested_without_end},
    {"command-without-counter", command_without_counter},
    {NULL, NULL},
};
