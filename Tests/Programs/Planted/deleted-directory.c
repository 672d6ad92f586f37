// Calls getppid when the directory that it stands in is gone.
#include <errno.h>
#include <unistd.h>

int main(void) {
    char path[4096];
    if (!getcwd(path, sizeof path) && errno == ENOENT) getppid();
    return 0;
}
