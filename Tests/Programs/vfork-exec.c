// Executes its arguments in a child made by vfork, and leaves with the child's exit status.
// Without arguments the child leaves by itself.
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv) {
    pid_t child = vfork();
    if (child == 0) {
        if (argc > 1) execv(argv[1], argv + 1);
        _exit(argc > 1 ? 127 : 5);
    }
    int status = 0;
    if (waitpid(child, &status, 0) < 0) return 1;
    return WEXITSTATUS(status);
}
