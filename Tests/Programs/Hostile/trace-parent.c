// Attaches to its parent and to process 1, and writes into their memory.
// Prints the name of each attempt that worked.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include "sandboxed.h"

static void attack(const char *name, pid_t process) {
    char byte = 0, path[64];
    struct iovec local = {&byte, 1}, remote = {(void *)0x400000, 1};
    if (process_vm_writev(process, &local, 1, &remote, 1, 0) == 1) printf("%s: write\n", name);
    if (process_vm_readv(process, &local, 1, &remote, 1, 0) == 1) printf("%s: read\n", name);
    snprintf(path, sizeof path, "/proc/%d/mem", process);
    if (open(path, O_RDWR) >= 0) printf("%s: memory\n", name);
    if (ptrace(PTRACE_ATTACH, process, NULL, NULL) == 0) {
        printf("%s: attach\n", name);
        ptrace(PTRACE_DETACH, process, NULL, NULL);
    }
    if (ptrace(PTRACE_SEIZE, process, NULL, NULL) == 0) printf("%s: seize\n", name);
}

int main(int argc, char **argv) {
    require_sandbox(argc, argv);
    attack("parent", getppid());
    attack("init", 1);
    fflush(stdout);
    return 0;
}
