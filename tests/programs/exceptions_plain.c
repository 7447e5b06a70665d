/* SPDX-License-Identifier: MIT */
/* A C function that no unwinder can leave: built without any table. */
void call_through_plain_c(void (*callback)(void));

void call_through_plain_c(void (*callback)(void))
{
    callback();
    __asm__ volatile(""); /* not a jump */
}
