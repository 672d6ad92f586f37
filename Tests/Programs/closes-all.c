// Closes every descriptor it may have, standard ones too, one call each and then all at once.
// Writing afterwards fails.
#define _GNU_SOURCE
#include <unistd.h>

int main(void) {
    for (int i = 0; i < 16; i++) close(i);
    close_range(0, ~0U, 0);
    return write(1, "x", 1) == -1 ? 0 : 1;
}
