// Asks for a process id through the x32 table, then leaves.
void _start(void) {
    long result;
    __asm__ volatile("syscall" : "=a"(result) : "a"(0x40000000 | 39) : "rcx", "r11", "memory");
    __asm__ volatile("syscall" : "=a"(result) : "a"(231), "D"(0) : "rcx", "r11", "memory");
    __builtin_unreachable();
}
