// Makes a call with the number 600, which no kernel has, and one with -1.
// Leaves with status 0 when both were refused.
#define _GNU_SOURCE
#include <unistd.h>

int main(void) { return syscall(600) == -1 && syscall(-1L) == -1 ? 0 : 1; }
