// Makes a call when the second word of its input is a number that only running code knows, and
// the first word does not tell it in any form in which it stands in the input or in the program.
#include <stdint.h>
#include <unistd.h>

int main(void) {
    uint32_t words[2] = {0, 0};
    if (read(0, words, sizeof words) != sizeof words) return 1;
    uint32_t expected = (words[0] ^ 0x5bd1e995u) * 2654435761u;
    if (words[1] == (expected ^ expected >> 13)) getppid();
    return 0;
}
