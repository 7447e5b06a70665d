/* SPDX-License-Identifier: MIT */
/* Tables: see screen/table.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "screen/table.h"
#include "base/text.h"

#define COLUMNS_MAX 16
#define GAP         2

struct row {
    const char *color;
    char *cells[COLUMNS_MAX];
};

struct table {
    const struct table_column *columns;
    size_t column_count;
    struct row *rows;
    size_t count, room;
};

struct table *table_new(const struct table_column *columns, size_t count)
{
    struct table *table = count <= COLUMNS_MAX ? calloc(1, sizeof *table) : NULL;

    if (table) {
        table->columns = columns;
        table->column_count = count;
    }
    return table;
}

int table_add(struct table *table, const char *const *cells, const char *color)
{
    struct row *row;

    if (table->count == table->room) {
        size_t room = table->room ? table->room * 2 : 64;
        struct row *grown = reallocarray(table->rows, room, sizeof *grown);

        if (!grown)
            return -ENOMEM;
        table->rows = grown;
        table->room = room;
    }
    row = &table->rows[table->count++];
    *row = (struct row){.color = color};
    for (size_t i = 0; i < table->column_count; i++) {
        row->cells[i] = text_clean(cells[i]);
        if (!row->cells[i])
            return -ENOMEM;
    }
    return 0;
}

void table_free(struct table *table)
{
    if (!table)
        return;
    for (size_t i = 0; i < table->count; i++)
        for (size_t j = 0; j < table->column_count; j++)
            free(table->rows[i].cells[j]);
    free(table->rows);
    free(table);
}

static size_t total_width(const size_t *widths, size_t count)
{
    size_t total = 0;

    for (size_t i = 0; i < count; i++)
        total += widths[i] ? widths[i] + (total ? GAP : 0) : 0;
    return total;
}

/* Width of the table where all columns that may become narrower are so. */
static size_t least_width(const struct table *table, const size_t *widths)
{
    size_t least[COLUMNS_MAX];

    for (size_t i = 0; i < table->column_count; i++)
        least[i] = table->columns[i].least && table->columns[i].least < widths[i] ? table->columns[i].least
                                                                                  : widths[i];
    return total_width(least, table->column_count);
}

/* The widest column that may still become narrower, or count. */
static size_t widest_elastic(const struct table *table, const size_t *widths)
{
    size_t found = table->column_count;

    for (size_t i = 0; i < table->column_count; i++)
        if (table->columns[i].least && widths[i] > table->columns[i].least &&
            (found == table->column_count || widths[i] > widths[found]))
            found = i;
    return found;
}

/* Width of each column, 0 for one left out. */
static void measure(const struct table *table, size_t width, bool legend, size_t *ret_widths)
{
    size_t count = table->column_count;

    for (size_t i = 0; i < count; i++) {
        const size_t name = legend ? text_width(table->columns[i].name) : 1;
        ret_widths[i] = table->columns[i].room > name ? table->columns[i].room : name;
        for (size_t j = 0; j < table->count; j++) {
            size_t cell = text_width(table->rows[j].cells[i]);

            if (cell > ret_widths[i])
                ret_widths[i] = cell;
        }
    }
    if (width == 0)
        return;
    for (size_t i = count; i > 0 && total_width(ret_widths, count) > width; i--)
        if (table->columns[i - 1].spare)
            ret_widths[i - 1] = 0;
    for (size_t i = count; i > 0 && least_width(table, ret_widths) > width; i--)
        if (table->columns[i - 1].luxury)
            ret_widths[i - 1] = 0;
    while (total_width(ret_widths, count) > width) {
        size_t i = widest_elastic(table, ret_widths);

        if (i == count)
            break;
        ret_widths[i]--;
    }
}

/* Print one cell; a last column is not padded, and not cut unless it is elastic. */
static void put_cell(const char *cell, size_t width, const struct table_column *column, bool last)
{
    size_t cells = text_width(cell);

    if (cells > width && column->least) {
        size_t bytes = text_fit(cell, width - 1);

        fwrite(cell, 1, bytes, stdout);
        fputs(text_ellipsis(), stdout);
        return;
    }
    if (column->right && cells < width)
        printf("%*s", (int)(width - cells), "");
    fputs(cell, stdout);
    if (!column->right && !last && cells < width)
        printf("%*s", (int)(width - cells), "");
}

static void put_row(const struct table *table, const size_t *widths, const char *const *cells)
{
    size_t last = table->column_count;
    bool first = true;

    while (last > 0 && widths[last - 1] == 0)
        last--;
    for (size_t i = 0; i < last; i++) {
        if (widths[i] == 0)
            continue;
        if (!first)
            printf("%*s", GAP, "");
        first = false;
        put_cell(cells[i], widths[i], &table->columns[i], i + 1 == last);
    }
}

void table_print(const struct table *table, size_t width, bool legend, const struct out_colors *colors)
{
    size_t widths[COLUMNS_MAX];
    const char *names[COLUMNS_MAX];

    measure(table, width, legend, widths);
    for (size_t i = 0; i < table->column_count; i++)
        names[i] = table->columns[i].name;
    if (legend) {
        fputs(colors->bold, stdout);
        put_row(table, widths, names);
        printf("%s\n", colors->reset);
    }
    for (size_t i = 0; i < table->count; i++) {
        bool colored = table->rows[i].color[0] != '\0';

        fputs(table->rows[i].color, stdout);
        put_row(table, widths, (const char *const *)table->rows[i].cells);
        printf("%s\n", colored ? colors->reset : "");
    }
}
