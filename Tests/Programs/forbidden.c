// Makes calls that are refused in a sandbox between others; exits with the number of those whose
// results were not what a sandbox says.
#define _GNU_SOURCE
#include <errno.h>
#include <linux/keyctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(void) {
    int wrong = 0;
    for (int i = 0; i < 3; i++) {
        getppid();
        if (socket(40, SOCK_STREAM, 0) != -1 || errno != EAFNOSUPPORT) wrong++;
        if (syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0) != -1 ||
            errno != EPERM) {
            wrong++;
        }
        if (syscall(SYS_bpf, -1, NULL, 0) != -1 || errno != EPERM) wrong++;
        struct rlimit limit = {0, 0}, former = {77, 77};
        if (syscall(SYS_setrlimit, RLIMIT_CORE, &limit) != 0) wrong++;
        if (prlimit(0, RLIMIT_CORE, &limit, &former) != 0 || former.rlim_max != 1) wrong++;
        if (getrlimit(RLIMIT_CORE, &limit) != 0 || limit.rlim_cur != 1) wrong++;
        int file = socket(AF_UNIX, SOCK_STREAM, 0);
        if (file < 0) wrong++;
        close(file);
    }
    return wrong;
}
