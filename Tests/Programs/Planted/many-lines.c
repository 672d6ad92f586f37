// Does something else for more lines than anybody would type.
#include <unistd.h>

int main(void) {
    static char buffer[1 << 16];
    long lines = 0;
    ssize_t size;
    while ((size = read(0, buffer, sizeof buffer)) > 0)
        for (ssize_t index = 0; index < size; index++) lines += buffer[index] == '\n';
    return lines > 100000 && getppid() < 0;
}
