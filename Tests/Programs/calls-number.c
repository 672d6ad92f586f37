// A library whose function NAME makes the call NUMBER with an instruction of its own.

long NAME(void) {
    long result;
    __asm__ volatile("syscall" : "=a"(result) : "a"((long)NUMBER) : "rcx", "r11", "memory");
    return result;
}
