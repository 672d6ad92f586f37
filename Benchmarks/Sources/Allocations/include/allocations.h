#pragma once
#include <stdint.h>

/// How often this process has asked for memory so far: calls of malloc, calloc, realloc and their
/// aligned kin. A program that links this counts all of them, those of its libraries too.
uint64_t allocations_so_far(void);
