// Writes argv[1] bytes of 64 with an instruction of its own, and leaves with the byte count that
// the register holds after the call: the kernel hands it back as it was.
#include <stdlib.h>
#include <sys/syscall.h>

int main(int argc, char **argv) {
    static const char bytes[64];
    long result, count = argc > 1 ? atol(argv[1]) : 64;
    __asm__ volatile("syscall"
                     : "=a"(result), "+d"(count)
                     : "a"(SYS_write), "D"(1), "S"(bytes)
                     : "rcx", "r11", "memory");
    return result < 0 ? 255 : (int)count;
}
