// Writes code into anonymous memory and runs it: one getppid call from no file.
// The memory is writable and executable at once, and then once more by way of mprotect.
#define _GNU_SOURCE
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static const unsigned char code[] = {
    0xb8, 0x6e, 0, 0, 0, // mov $110, %eax
    0x0f, 0x05,          // syscall
    0xc3,                // ret
};

static int run(int first, int then) {
    void *memory = mmap(NULL, 4096, first, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return 1;
    memcpy(memory, code, sizeof code);
    if (then != first && mprotect(memory, 4096, then) < 0) return 1;
    return ((int (*)(void))memory)() == getppid() ? 0 : 1;
}

int main(void) {
    int all = PROT_READ | PROT_WRITE | PROT_EXEC;
    return run(all, all) + run(PROT_READ | PROT_WRITE, PROT_READ | PROT_EXEC);
}
