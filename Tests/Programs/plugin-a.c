// A library for dlopen.c: makes one getppid call with an instruction of its own.
// The function is called through dlsym.
#include <sys/syscall.h>

int call(void) {
    long result;
    __asm__ volatile("syscall" : "=a"(result) : "a"(SYS_getppid) : "rcx", "r11", "memory");
    return result > 0;
}
