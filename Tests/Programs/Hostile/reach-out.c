// Tries the calls by which a program reaches out of namespaces and bounds, through every table and
// from a task that nobody traces. Prints what was not refused. Never connects to anything.
#define _GNU_SOURCE
#include <errno.h>
#include <linux/keyctl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>

#include "sandboxed.h"

enum { VSOCK = 40, QIPCRTR = 42, SOCKETCALL_SOCKET = 1, TRIES = 200 };

static void refused(const char *name, long result, int error) {
    if (result != -1 || errno != error) puts(name);
}

static long compatible(long number, long first, long second, long third, long fourth) {
    long result;
    __asm__ volatile("int $0x80"
                     : "=a"(result)
                     : "a"(number), "b"(first), "c"(second), "d"(third), "S"(fourth)
                     : "r8", "r9", "r10", "r11", "memory");
    return result;
}

// The limit must be what no crash handler is started for, whoever has set what.
static void keep_limit(const char *name) {
    struct rlimit limit = {77, 77};
    if (getrlimit(RLIMIT_CORE, &limit) != 0 || limit.rlim_cur != 1 || limit.rlim_max != 1) puts(name);
}

static void drop_limit(uint32_t *low) {
    struct rlimit none = {0, 0}, former = {77, 77};
    syscall(SYS_setrlimit, RLIMIT_CORE, &none);
    keep_limit("setrlimit");
    syscall(SYS_prlimit64, 0, RLIMIT_CORE, &none, &former);
    if (former.rlim_cur != 1) puts("prlimit64 does not say what was");
    keep_limit("prlimit64");
    low[0] = low[1] = low[2] = low[3] = 0;
    compatible(75, RLIMIT_CORE, (long)low, 0, 0);
    keep_limit("i386:setrlimit");
    compatible(340, 0, RLIMIT_CORE, (long)low, 0);
    keep_limit("i386:prlimit64");
}

static void *change(void *place) {
    volatile uint32_t *family = place;
    for (;;) {
        *family = AF_UNIX;
        *family = VSOCK;
    }
    return NULL;
}

// Another thread changes the family in memory, where the kernel reads it.
static void race(uint32_t *low) {
    pthread_t thread;
    low[0] = VSOCK;
    low[1] = SOCK_STREAM;
    low[2] = 0;
    if (compatible(102, SOCKETCALL_SOCKET, (long)low, 0, 0) >= 0) puts("i386:socketcall");
    if (pthread_create(&thread, NULL, change, low) != 0) return;
    for (int i = 0; i < TRIES; i++) {
        long file = compatible(102, SOCKETCALL_SOCKET, (long)low, 0, 0);
        if (file < 0) continue;
        int family = 0;
        socklen_t size = sizeof family;
        getsockopt((int)file, SOL_SOCKET, SO_DOMAIN, &family, &size);
        if (family == VSOCK) puts("i386:socketcall in a race");
        close((int)file);
    }
}

static int try_untraced(void *place) {
    volatile long *result = place;
    *result = syscall(SYS_socket, VSOCK, SOCK_STREAM, 0) >= 0 ? 1 : 2;
    for (;;) pause();
    return 0;
}

static void start_untraced(void) {
    static char stack[65536];
    volatile long *result = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (result == MAP_FAILED) return;
    if (clone(try_untraced, stack + sizeof stack, CLONE_UNTRACED, (void *)result) < 0) return;
    struct timespec moment = {0, 1000000};
    for (int i = 0; i < 50 && !*result; i++) nanosleep(&moment, NULL);
    if (*result == 1) puts("socket of a task that nobody traces");
}

int main(int argc, char **argv) {
    require_sandbox(argc, argv);
    // What is found is told whatever ends the program.
    setvbuf(stdout, NULL, _IONBF, 0);
    int pair[2];
    uint32_t *low = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
    if (low == MAP_FAILED) return 1;
    refused("socket of AF_VSOCK", socket(VSOCK, SOCK_STREAM, 0), EAFNOSUPPORT);
    refused("datagrams of AF_VSOCK", socket(VSOCK, SOCK_DGRAM, 0), EAFNOSUPPORT);
    refused("socket of AF_QIPCRTR", socket(QIPCRTR, SOCK_DGRAM, 0), EAFNOSUPPORT);
    refused("socketpair", socketpair(VSOCK, SOCK_STREAM, 0, pair), EAFNOSUPPORT);
    // The kernel looks at half of the register.
    refused("a large family", syscall(SYS_socket, (1L << 32) | VSOCK, SOCK_STREAM, 0),
            EAFNOSUPPORT);
    if (compatible(359, VSOCK, SOCK_STREAM, 0, 0) >= 0) puts("i386:socket");
    refused("add_key", syscall(SYS_add_key, "user", "fathom-canary", "x", 1,
                               KEY_SPEC_USER_KEYRING), EPERM);
    refused("keyctl", syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_USER_KEYRING, 1), EPERM);
    refused("persistent keyring",
            syscall(SYS_keyctl, KEYCTL_GET_PERSISTENT, -1, KEY_SPEC_PROCESS_KEYRING), EPERM);
    refused("request_key", syscall(SYS_request_key, "user", "fathom-canary", NULL, 0), EPERM);
    if (compatible(288, KEYCTL_GET_KEYRING_ID, KEY_SPEC_USER_KEYRING, 1, 0) > 0) puts("i386:keyctl");
    // Where they are not refused these say EINVAL or EFAULT, as there is nothing to do.
    refused("bpf", syscall(SYS_bpf, -1, NULL, 0), EPERM);
    refused("perf_event_open", syscall(SYS_perf_event_open, NULL, 0, -1, -1, 0), EPERM);
    refused("io_uring_setup", syscall(SYS_io_uring_setup, 0, NULL), EPERM);
    refused("io_uring_enter", syscall(SYS_io_uring_enter, -1, 0, 0, 0, NULL, 0), EPERM);
    refused("io_uring_register", syscall(SYS_io_uring_register, -1, 0, NULL, 0), EPERM);
    refused("userfaultfd", syscall(SYS_userfaultfd, 0), EPERM);
    refused("reboot", syscall(SYS_reboot, 0, 0, 0, NULL), EPERM);
    refused("open_by_handle_at", syscall(SYS_open_by_handle_at, -1, NULL, 0), EPERM);
    refused("quotactl", syscall(SYS_quotactl, 0, NULL, 0, NULL), EPERM);
    refused("syslog", syscall(SYS_syslog, 10, NULL, 0), EPERM);
    refused("delete_module", syscall(SYS_delete_module, NULL, 0), EPERM);
    drop_limit(low);
    race(low);
    start_untraced();
    return 0;
}
