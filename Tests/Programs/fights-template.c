// Does to the process whose id is its second argument what the first one says; the result is its
// exit status, an error number or 0.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

int main(int argc, char **argv) {
    if (argc < 3) return 0;
    pid_t other = atoi(argv[2]);
    struct rlimit limit = {1, 1};
    long word = 0;
    struct iovec mine = {&word, 8}, theirs = {&word, 8};
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/mem", other);
    long result = -1;
    errno = ENOSYS;
    if (!strcmp(argv[1], "kill")) result = kill(other, SIGKILL);
    if (!strcmp(argv[1], "signal-all")) result = kill(-other, SIGCONT);
    if (!strcmp(argv[1], "limit")) result = prlimit(other, RLIMIT_NOFILE, &limit, NULL);
    if (!strcmp(argv[1], "write")) result = process_vm_writev(other, &mine, 1, &theirs, 1, 0);
    if (!strcmp(argv[1], "open")) result = open(path, O_RDWR);
    if (!strcmp(argv[1], "trace")) result = ptrace(PTRACE_ATTACH, other, 0, 0);
    return result < 0 ? errno : 0;
}
