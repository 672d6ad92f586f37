// A library for dlopen.c: makes one getpgrp call, at another offset than plugin-a.c.
// The function is called through dlsym.
#include <sys/syscall.h>

int call(void) {
    long result;
    __asm__ volatile(".skip 64, 0x90\n syscall"
                     : "=a"(result)
                     : "a"(SYS_getpgrp)
                     : "rcx", "r11", "memory");
    return result > 0;
}
