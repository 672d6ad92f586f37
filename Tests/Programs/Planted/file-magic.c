// Calls getppid when a file that it is given begins with four bytes that no string holds.
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

int main(int count, char **arguments) {
    unsigned char bytes[16] = {0};
    for (int i = 1; i < count; i++) {
        int file = open(arguments[i], O_RDONLY);
        if (file < 0) continue;
        if (read(file, bytes, sizeof bytes) >= 4 && !memcmp(bytes, "\x7f\xc3Qz", 4)) getppid();
        close(file);
    }
    return 0;
}
