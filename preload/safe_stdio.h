#include <stdbool.h>
#include <stdint.h>
bool safe_stdio_held(uint64_t t);
