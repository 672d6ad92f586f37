#include "CLinux.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/kcmp.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { SYSCALL_LENGTH = 2, SYSCALL_INSTRUCTION = 0x050f, USER_CODE_64 = 0x33 };

// How long a call of ours may take in a program that does its best to hold it up.
enum { PATIENCE_SECONDS = 5, LOOKS_AT_ONCE = 200, PAUSE_MICROSECONDS = 200 };

static int request(int number, pid_t task, void *address, void *data) {
    return ptrace(number, task, address, data) < 0 ? -errno : 0;
}

static int64_t seconds_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec;
}

// Waits for the task's next stop. A death is left to be waited for by the caller.
static int await_stop(pid_t task, int *status) {
    int64_t limit = seconds_now() + PATIENCE_SECONDS;
    for (unsigned look = 0;; look++) {
        siginfo_t info;
        memset(&info, 0, sizeof info);
        int options = WEXITED | WSTOPPED | __WALL | WNOWAIT | WNOHANG;
        if (waitid(P_PID, (id_t)task, &info, options) < 0) {
            if (errno == EINTR) continue;
            return -errno;
        }
        if (info.si_pid == 0) {
            if (seconds_now() > limit) return -ETIMEDOUT;
            if (look < LOOKS_AT_ONCE) sched_yield();
            else usleep(PAUSE_MICROSECONDS);
            continue;
        }
        if (info.si_code != CLD_TRAPPED && info.si_code != CLD_STOPPED) return -ESRCH;
        if (waitpid(task, status, __WALL) < 0) return -errno;
        return WIFSTOPPED(*status) ? 0 : -ESRCH;
    }
}

// Lets the task go to its next syscall stop.
static int run_to_syscall_stop(pid_t task) {
    for (;;) {
        int status = 0;
        int result = request(PTRACE_SYSCALL, task, NULL, NULL);
        if (result >= 0) result = await_stop(task, &status);
        if (result < 0) return result;
        if (WSTOPSIG(status) == (SIGTRAP | 0x80)) return 0;
        // A stop by SIGSTOP, which cannot be blocked, is dropped, and one by an interrupt or by a
        // filter of the program's own passed.
    }
}

static int is_at(pid_t task, unsigned kind) {
    struct __ptrace_syscall_info info;
    memset(&info, 0, sizeof info);
    return ptrace(PTRACE_GET_SYSCALL_INFO, task, (void *)sizeof info, &info) > 0 &&
           info.op == kind;
}

int clinux_finish_exec(pid_t task) { return run_to_syscall_stop(task); }

// Has a task that is behind clinux_finish_exec make a call and be there again as it was.
static int call_at_start(pid_t task, int64_t number, const uint64_t arguments[6], int64_t *result) {
    struct user_regs_struct saved, call;
    int outcome = request(PTRACE_GETREGS, task, NULL, &saved);
    if (outcome < 0) return outcome;
    if (saved.cs != USER_CODE_64) return -ENOEXEC;
    errno = 0;
    long text = ptrace(PTRACE_PEEKTEXT, task, (void *)saved.rip, NULL);
    if (errno) return -errno;
    uint64_t mask = 0, all = ~0UL;
    request(PTRACE_GETSIGMASK, task, (void *)sizeof mask, &mask);
    request(PTRACE_SETSIGMASK, task, (void *)sizeof all, &all);
    long planted = (text & ~0xffffL) | SYSCALL_INSTRUCTION;
    outcome = request(PTRACE_POKETEXT, task, (void *)saved.rip, (void *)planted);
    if (outcome >= 0) {
        call = saved;
        call.rax = (unsigned long long)number;
        call.orig_rax = (unsigned long long)-1;
        call.rdi = arguments[0];
        call.rsi = arguments[1];
        call.rdx = arguments[2];
        call.r10 = arguments[3];
        call.r8 = arguments[4];
        call.r9 = arguments[5];
        outcome = request(PTRACE_SETREGS, task, NULL, &call);
        if (outcome >= 0) outcome = run_to_syscall_stop(task);
        if (outcome >= 0) outcome = run_to_syscall_stop(task);
        if (outcome >= 0) outcome = request(PTRACE_GETREGS, task, NULL, &call);
        if (outcome >= 0) *result = (int64_t)call.rax;
    }
    saved.orig_rax = (unsigned long long)-1;
    int restored = request(PTRACE_POKETEXT, task, (void *)saved.rip, (void *)text);
    if (restored >= 0) restored = request(PTRACE_SETREGS, task, NULL, &saved);
    request(PTRACE_SETSIGMASK, task, (void *)sizeof mask, &mask);
    return outcome < 0 ? outcome : restored;
}

int clinux_map_at_start(pid_t task, int32_t descriptor, uint64_t size, uint64_t *address) {
    const uint64_t mapping[6] = {0, size, PROT_READ, MAP_SHARED, (uint64_t)descriptor, 0};
    const uint64_t closing[6] = {(uint64_t)descriptor};
    int64_t mapped = 0, closed = 0;
    int result = call_at_start(task, SYS_mmap, mapping, &mapped);
    if (result < 0) return result;
    if (mapped < 0 && mapped > -4096) return (int)mapped;
    *address = (uint64_t)mapped;
    result = call_at_start(task, SYS_close, closing, &closed);
    return result < 0 ? result : (int)closed;
}

int clinux_install_at_start(pid_t task, uint64_t program) {
    const uint64_t arguments[6] = {SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW,
                                   program};
    int64_t installed = 0;
    int result = call_at_start(task, SYS_seccomp, arguments, &installed);
    return result < 0 ? result : (int)installed;
}

int clinux_install_filter(pid_t task, uint64_t program) {
    struct user_regs_struct saved, call;
    int outcome = request(PTRACE_GETREGS, task, NULL, &saved);
    if (outcome < 0) return outcome;
    errno = 0;
    long text = ptrace(PTRACE_PEEKTEXT, task, (void *)(saved.rip - SYSCALL_LENGTH), NULL);
    if (errno || (text & 0xffff) != SYSCALL_INSTRUCTION) return -ENOEXEC;
    // The kernel looks at the number and the arguments anew behind the stop.
    call = saved;
    call.orig_rax = SYS_seccomp;
    call.rdi = SECCOMP_SET_MODE_FILTER;
    call.rsi = SECCOMP_FILTER_FLAG_TSYNC;
    call.rdx = program;
    outcome = request(PTRACE_SETREGS, task, NULL, &call);
    if (outcome >= 0) outcome = run_to_syscall_stop(task);
    if (outcome >= 0 && !is_at(task, PTRACE_SYSCALL_INFO_EXIT)) outcome = -EPROTO;
    if (outcome >= 0) outcome = request(PTRACE_GETREGS, task, NULL, &call);
    if (outcome < 0) return outcome;
    saved.rip -= SYSCALL_LENGTH;
    saved.rax = saved.orig_rax;
    saved.orig_rax = (unsigned long long)-1;
    outcome = request(PTRACE_SETREGS, task, NULL, &saved);
    return outcome < 0 ? outcome : (int)call.rax;
}

int clinux_read_filter(pid_t task, uint32_t index, uint64_t *instructions, int32_t capacity) {
    void *place = (void *)(unsigned long)index;
    long count = ptrace(PTRACE_SECCOMP_GET_FILTER, task, place, NULL);
    if (count < 0) return -errno;
    if (count > capacity) return (int)count;
    count = ptrace(PTRACE_SECCOMP_GET_FILTER, task, place, instructions);
    return count < 0 ? -errno : (int)count;
}

int clinux_shares_memory(pid_t first, pid_t second) {
    long result = syscall(SYS_kcmp, first, second, KCMP_VM, 0, 0);
    return result < 0 ? -errno : result == 0;
}

int clinux_list_numbers(const char *folder, int32_t *numbers, int32_t capacity) {
    DIR *directory = opendir(folder);
    if (!directory) return -errno;
    int count = 0;
    for (struct dirent *entry; (entry = readdir(directory));) {
        int number = atoi(entry->d_name);
        if (number <= 0) continue;
        if (count < capacity) numbers[count] = number;
        count++;
    }
    closedir(directory);
    return count;
}

int clinux_make_memory(int32_t *reader) {
#ifndef MFD_NOEXEC_SEAL
    enum { MFD_NOEXEC_SEAL = 8 };
#endif
    unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
    int writer = memfd_create("filters", flags | MFD_NOEXEC_SEAL);
    // Kernels before 6.3 do not know the last.
    if (writer < 0 && errno == EINVAL) writer = memfd_create("filters", flags);
    if (writer < 0) return -errno;
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", writer);
    int opened = open(path, O_RDONLY | O_CLOEXEC);
    // Not one of the numbers that the program's standard descriptors have.
    *reader = opened < 0 ? -1 : fcntl(opened, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    int error = errno;
    if (opened >= 0) close(opened);
    if (*reader >= 0) return writer;
    close(writer);
    return -error;
}

int clinux_seal_memory(int32_t writer, const void *bytes, uint64_t size) {
    for (uint64_t done = 0; done < size;) {
        ssize_t count = pwrite(writer, (const char *)bytes + done, size - done, (off_t)done);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return count < 0 ? -errno : -EIO;
        done += (uint64_t)count;
    }
    int seals = F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;
    return fcntl(writer, F_ADD_SEALS, seals) < 0 ? -errno : 0;
}

int clinux_deny_syscall(pid_t task, int64_t result) {
    int error = request(PTRACE_POKEUSER, task, (void *)offsetof(struct user_regs_struct, orig_rax),
                        (void *)-1L);
    if (error < 0) return error;
    return request(PTRACE_POKEUSER, task, (void *)offsetof(struct user_regs_struct, rax),
                   (void *)(long)result);
}

int clinux_interrupt(pid_t task) { return request(PTRACE_INTERRUPT, task, NULL, NULL); }

int clinux_detach(pid_t task, int32_t signal) {
    return request(PTRACE_DETACH, task, NULL, (void *)(long)signal);
}
