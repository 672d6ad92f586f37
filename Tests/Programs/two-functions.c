// A function that every run enters, and one that no input leads to.
#include <unistd.h>

__attribute__((noinline)) void common(void) { __asm__ volatile("nop"); }
__attribute__((noinline)) void never(void) { __asm__ volatile("nop"); }

int main(int count, char **arguments) {
    (void)arguments;
    common();
    if (count < 0) never();
    return 0;
}
