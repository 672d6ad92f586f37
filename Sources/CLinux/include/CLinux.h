// The Linux calls that Swift cannot express: variadic functions, macros, tagged unions, and what
// glibc declares only under _GNU_SOURCE. Every function returns 0 or a result that is not
// negative, or a negative error number. The header needs no feature macro.
#ifndef CLINUX_H
#define CLINUX_H

#include <stdint.h>
#include <sys/types.h>

#pragma clang assume_nonnull begin

#pragma clang assume_nonnull end

#endif
