// Makes one call through the 32-bit gate: getppid is number 64 there, and semget in the table
// of 64-bit calls.
int main(void) {
    int result;
    __asm__ volatile("int $0x80" : "=a"(result) : "a"(64) : "r8", "r9", "r10", "r11", "memory");
    return result == -38 ? 3 : 0;
}
