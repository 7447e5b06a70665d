#include <stdbool.h>
#include <stdint.h>
#include "safe_maps.h"
uint64_t safe_scan_owned(const struct safe_maps *m, int t, uint64_t b, bool *c);
