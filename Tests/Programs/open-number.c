// Makes a call whose number no analysis of the code can find, then leaves.
static volatile int input[4];

void _start(void) {
    long result;
    int number = input[input[0] & 3] * input[1];
    __asm__ volatile("syscall" : "=a"(result) : "a"(number) : "rcx", "r11", "memory");
    __asm__ volatile("syscall" : "=a"(result) : "a"(231), "D"(0) : "rcx", "r11", "memory");
    __builtin_unreachable();
}
