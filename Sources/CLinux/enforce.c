#include "CLinux.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>

enum { RED_ZONE = 128, SYSCALL_LENGTH = 2, SYSCALL_INSTRUCTION = 0x050f };

static int request(int number, pid_t task, void *address, void *data) {
    return ptrace(number, task, address, data) < 0 ? -errno : 0;
}

// Lets the task go to its next syscall stop. A death is left to be waited for by the caller.
static int run_to_syscall_stop(pid_t task) {
    for (;;) {
        int result = request(PTRACE_SYSCALL, task, NULL, NULL);
        if (result < 0) return result;
        siginfo_t info;
        do {
            memset(&info, 0, sizeof info);
            result = waitid(P_PID, (id_t)task, &info, WEXITED | WSTOPPED | __WALL | WNOWAIT);
        } while (result < 0 && errno == EINTR);
        if (result < 0) return -errno;
        if (info.si_code != CLD_TRAPPED && info.si_code != CLD_STOPPED) return -ESRCH;
        int status = 0;
        if (waitpid(task, &status, __WALL) < 0) return -errno;
        if (!WIFSTOPPED(status)) return -ESRCH;
        if (WSTOPSIG(status) == (SIGTRAP | 0x80)) return 0;
        // A stop by SIGSTOP, which cannot be blocked, is dropped, and one by an interrupt passed.
    }
}

static int transfer(pid_t task, uint64_t address, void *bytes, size_t size, int writes) {
    struct iovec mine = {bytes, size}, theirs = {(void *)address, size};
    ssize_t count = writes ? process_vm_writev(task, &mine, 1, &theirs, 1, 0)
                           : process_vm_readv(task, &mine, 1, &theirs, 1, 0);
    return count == (ssize_t)size ? 0 : -EFAULT;
}

// At the entry of the call that the registers describe: cancels it, makes seccomp(2) in its place
// and leaves the task at that one's exit.
static long make_call(pid_t task, const struct user_regs_struct *registers, uint64_t program) {
    int result = request(PTRACE_POKEUSER, task,
                         (void *)offsetof(struct user_regs_struct, orig_rax), (void *)-1L);
    if (result >= 0) result = run_to_syscall_stop(task);
    if (result < 0) return result;
    struct user_regs_struct call = *registers;
    call.rip -= SYSCALL_LENGTH;
    call.rax = SYS_seccomp;
    call.orig_rax = (unsigned long long)-1;
    call.rdi = SECCOMP_SET_MODE_FILTER;
    call.rsi = SECCOMP_FILTER_FLAG_TSYNC;
    call.rdx = program;
    result = request(PTRACE_SETREGS, task, NULL, &call);
    if (result >= 0) result = run_to_syscall_stop(task);
    if (result >= 0) result = run_to_syscall_stop(task);
    if (result >= 0) result = request(PTRACE_GETREGS, task, NULL, &call);
    return result < 0 ? result : (long)call.rax;
}

int clinux_install_filter(pid_t task, const uint64_t *instructions, int32_t count) {
    struct user_regs_struct registers;
    int result = request(PTRACE_GETREGS, task, NULL, &registers);
    if (result < 0) return result;
    uint16_t code = 0;
    result = transfer(task, registers.rip - SYSCALL_LENGTH, &code, sizeof code, 0);
    if (result < 0 || code != SYSCALL_INSTRUCTION) return -ENOEXEC;

    // Below the stack's red zone there is room; what stands there is put back.
    size_t size = sizeof(struct sock_fprog) + (size_t)count * 8;
    uint64_t place = (registers.rsp - RED_ZONE - size) & ~15UL;
    char *bytes = malloc(size), *former = malloc(size);
    uint64_t mask = 0, all = ~0UL;
    long outcome = -ENOMEM;
    if (bytes && former) {
        struct sock_fprog program = {
            .len = (unsigned short)count,
            .filter = (struct sock_filter *)(place + sizeof program),
        };
        memcpy(bytes, &program, sizeof program);
        memcpy(bytes + sizeof program, instructions, (size_t)count * 8);
        outcome = transfer(task, place, former, size, 0);
        if (outcome >= 0) outcome = transfer(task, place, bytes, size, 1);
    }
    if (outcome >= 0) {
        request(PTRACE_GETSIGMASK, task, (void *)sizeof mask, &mask);
        request(PTRACE_SETSIGMASK, task, (void *)sizeof all, &all);
        outcome = make_call(task, &registers, place);
        transfer(task, place, former, size, 1);
        request(PTRACE_SETSIGMASK, task, (void *)sizeof mask, &mask);
        registers.rip -= SYSCALL_LENGTH;
        registers.rax = registers.orig_rax;
        registers.orig_rax = (unsigned long long)-1;
        result = request(PTRACE_SETREGS, task, NULL, &registers);
        if (outcome >= 0 && result < 0) outcome = result;
    }
    free(bytes);
    free(former);
    return (int)outcome;
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
