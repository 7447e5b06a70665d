/* SPDX-License-Identifier: MIT */
/* The crimes whose words matter, by file; their table is in messages.c. */
#ifndef VICTIM_MESSAGES_H
#define VICTIM_MESSAGES_H

/* messages_heap.c: each is found by another check of glibc's malloc. */
void heap_double_free_tcache(char **arguments);
void heap_double_free_fastbin(char **arguments);
void heap_double_free_neighbour(char **arguments);
void heap_free_inside(char **arguments);
void heap_free_foreign(char **arguments);
void heap_free_size(char **arguments);
void heap_free_next_fast(char **arguments);
void heap_free_next_normal(char **arguments);
void heap_free_mapped(char **arguments);
void heap_realloc_inside(char **arguments);
void heap_realloc_old_size(char **arguments);
void heap_realloc_next_size(char **arguments);
void heap_top_size(char **arguments);
void heap_top_assertion(char **arguments);
void heap_prev_size(char **arguments);
void heap_consolidating(char **arguments);
void heap_list(char **arguments);
void heap_unsorted_size(char **arguments);
void heap_unsorted_prev_size(char **arguments);
void heap_tcache_pointer(char **arguments);
void heap_fastbin_pointer(char **arguments);
void heap_thread_end(char **arguments);

/* messages_libc.c: what else libc checks. */
void libc_assert_perror(char **arguments);
void libc_copy(char **arguments);
void libc_format_writable(char **arguments);
void libc_format_position(char **arguments);
void libc_descriptor_set(char **arguments);
void libc_longjmp(char **arguments);
void libc_open(char **arguments);
void libc_futex(char **arguments);
void libc_mutex(char **arguments);

#endif
