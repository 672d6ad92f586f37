// Several processes map code at the same time, again and again.
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int count, char **arguments) {
    int times = count > 1 ? atoi(arguments[1]) : 1;
    for (int child = 0; child < 3; child++) {
        if (fork() > 0) continue;
        for (int i = 0; i < times; i++) {
            void *code = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
            if (code == MAP_FAILED) return 1;
            munmap(code, 4096);
        }
        _exit(0);
    }
    while (wait(NULL) > 0) {
    }
    return 0;
}
