// Asks to be traced by its parent, and a child asks to trace it.
// Both fail when somebody else traces it; the status is how many succeeded.
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    int successes = ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0;
    pid_t child = fork();
    if (child == 0) _exit(ptrace(PTRACE_SEIZE, getppid(), NULL, NULL) == 0);
    int status = 0;
    waitpid(child, &status, 0);
    return successes + WEXITSTATUS(status);
}
