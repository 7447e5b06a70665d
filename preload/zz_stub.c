#include "safe_held.h"
#include "safe_sockets.h"
#include "routines.h"
#include "safe_stdio.h"
#include "safe_scan.h"
#include "safe_loading.h"
__thread struct safe_held safe_held;
void safe_held_add_lost(void)
{
}
void safe_held_remove_deep(uint64_t k)
{
    (void)k;
}
int safe_held_counts(enum safe_held_kind k)
{
    (void)k;
    return 0;
}
size_t safe_sockets_of(const struct safe_thread *t, int *f, size_t m)
{
    (void)t;
    (void)f;
    (void)m;
    return 0;
}
size_t safe_sockets_shut(const struct safe_thread *t)
{
    (void)t;
    return 0;
}
struct safe_peer safe_peer_of(int fd)
{
    (void)fd;
    return (struct safe_peer){0, {0}};
}
struct safe_peer safe_sockets_peer(const struct safe_thread *t)
{
    (void)t;
    return (struct safe_peer){0, {0}};
}
void safe_peer_text(const struct safe_peer *p, char *b, size_t n)
{
    (void)p;
    (void)n;
    b[0] = 0;
}
bool safe_peer_equal(const struct safe_peer *a, const struct safe_peer *b)
{
    (void)a;
    (void)b;
    return false;
}
bool safe_stdio_held(uint64_t t)
{
    (void)t;
    return false;
}
bool safe_loading(void)
{
    return false;
}
uint64_t safe_scan_owned(const struct safe_maps *m, int t, uint64_t b, bool *c)
{
    (void)m;
    (void)t;
    (void)b;
    (void)c;
    return 0;
}
bool redirected_start(void);
void redirected_again(void);
bool redirected_start(void)
{
    return true;
}
void redirected_again(void)
{
}
struct safe_routine *safe_routines;
int routines_prepare(void)
{
    return 0;
}
uint16_t routines_find(void *(*r)(void *), void *a)
{
    (void)r;
    (void)a;
    return 0;
}
