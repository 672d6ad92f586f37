// Calls getppid when its third read fails and the two before have not.
#include <fcntl.h>
#include <unistd.h>

int main(void) {
    int file = open("/dev/zero", O_RDONLY);
    char byte;
    for (int turn = 1; turn <= 5; turn++) {
        if (read(file, &byte, 1) < 0) {
            if (turn == 3) getppid();
            return 1;
        }
    }
    return 0;
}
