#include "CLinux.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>

_Static_assert(sizeof(void *) == 8, "register offsets below are those of x86-64");

static int request(int number, pid_t task, void *address, void *data) {
    return ptrace(number, task, address, data) < 0 ? -errno : 0;
}

static int poke_register(pid_t task, size_t offset, uint64_t value) {
    return request(PTRACE_POKEUSER, task, (void *)offset, (void *)value);
}

static int peek_register(pid_t task, size_t offset, uint64_t *value) {
    errno = 0;
    long word = ptrace(PTRACE_PEEKUSER, task, (void *)offset, NULL);
    if (errno) return -errno;
    *value = (uint64_t)word;
    return 0;
}

static int vanish(clinux_stop *stop) {
    stop->kind = CLINUX_STOP_VANISHED;
    return 0;
}

static int describe_syscall(clinux_stop *stop) {
    struct __ptrace_syscall_info info;
    if (ptrace(PTRACE_GET_SYSCALL_INFO, stop->task, (void *)sizeof info, &info) < 0) {
        return vanish(stop);
    }
    stop->architecture = info.arch;
    stop->instruction_pointer = info.instruction_pointer;
    stop->stack_pointer = info.stack_pointer;
    if (info.op == PTRACE_SYSCALL_INFO_EXIT) {
        stop->kind = CLINUX_STOP_SYSCALL_EXIT;
        stop->result = info.exit.rval;
    } else {
        // The arguments of a stop by a filter are in the same place of the union.
        int filtered = info.op == PTRACE_SYSCALL_INFO_SECCOMP;
        stop->kind = filtered ? CLINUX_STOP_FILTERED : CLINUX_STOP_SYSCALL_ENTRY;
        stop->number = info.entry.nr;
        memcpy(stop->arguments, info.entry.args, sizeof stop->arguments);
    }
    return 0;
}

static int describe_event(clinux_stop *stop, int event, int signal) {
    switch (event) {
    case PTRACE_EVENT_FORK: stop->kind = CLINUX_STOP_FORK; break;
    case PTRACE_EVENT_VFORK: stop->kind = CLINUX_STOP_VFORK; break;
    case PTRACE_EVENT_CLONE: stop->kind = CLINUX_STOP_CLONE; break;
    case PTRACE_EVENT_EXEC: stop->kind = CLINUX_STOP_EXEC; break;
    case PTRACE_EVENT_SECCOMP: return describe_syscall(stop);
    default:
        // PTRACE_EVENT_STOP: a stopping signal means a group stop, SIGTRAP a new task.
        stop->kind = signal == SIGTRAP ? CLINUX_STOP_ATTACHED : CLINUX_STOP_GROUP;
        stop->value = signal;
        return 0;
    }
    unsigned long message = 0;
    if (ptrace(PTRACE_GETEVENTMSG, stop->task, NULL, &message) < 0) return vanish(stop);
    stop->message = message;
    return 0;
}

int clinux_next_stop(clinux_stop *stop, int32_t blocking) {
    int status = 0;
    int options = __WALL | __WNOTHREAD | (blocking ? 0 : WNOHANG);
    if (clinux_follows_stops()) options |= WUNTRACED;
    pid_t task = waitpid(-1, &status, options);
    stop->task = task;
    stop->value = 0;
    if (task <= 0) {
        if (task < 0 && errno != EINTR && errno != ECHILD) return -errno;
        stop->kind = task < 0 && errno == ECHILD ? CLINUX_STOP_NO_CHILD : CLINUX_STOP_NONE;
        return 0;
    }
    if (WIFEXITED(status)) {
        stop->kind = CLINUX_STOP_EXITED;
        stop->value = WEXITSTATUS(status);
        return 0;
    }
    if (WIFSIGNALED(status)) {
        stop->kind = CLINUX_STOP_KILLED;
        stop->value = WTERMSIG(status);
        return 0;
    }
    int signal = WSTOPSIG(status);
    int event = status >> 16;
    if (signal == (SIGTRAP | 0x80)) return describe_syscall(stop);
    if (event) return describe_event(stop, event, signal);
    stop->kind = CLINUX_STOP_SIGNAL;
    stop->value = signal;
    return 0;
}

void clinux_await_end(pid_t task) {
    int status = 0;
    for (;;) {
        if (waitpid(task, &status, __WALL) < 0) {
            if (errno != EINTR) return;
        } else if (!WIFSTOPPED(status)) {
            return;
        }
    }
}

int clinux_resume_to_syscall(pid_t task, int32_t signal) {
    return request(PTRACE_SYSCALL, task, NULL, (void *)(long)signal);
}

int clinux_resume(pid_t task, int32_t signal) {
    return request(PTRACE_CONT, task, NULL, (void *)(long)signal);
}

int clinux_listen(pid_t task) { return request(PTRACE_LISTEN, task, NULL, NULL); }

int clinux_skip_syscall(pid_t task) {
    return poke_register(task, offsetof(struct user_regs_struct, orig_rax), (uint64_t)-1);
}

int clinux_set_result(pid_t task, int64_t result) {
    return poke_register(task, offsetof(struct user_regs_struct, rax), (uint64_t)result);
}

int clinux_set_argument(pid_t task, int32_t index, uint64_t value) {
    static const size_t offsets[6] = {
        offsetof(struct user_regs_struct, rdi), offsetof(struct user_regs_struct, rsi),
        offsetof(struct user_regs_struct, rdx), offsetof(struct user_regs_struct, r10),
        offsetof(struct user_regs_struct, r8),  offsetof(struct user_regs_struct, r9),
    };
    if (index < 0 || index >= 6) return -EINVAL;
    return poke_register(task, offsets[index], value);
}

int clinux_restore_compatible_call(pid_t task, uint32_t first, uint32_t second, uint32_t third,
                                   uint32_t fourth) {
    int result = poke_register(task, offsetof(struct user_regs_struct, rbx), first);
    if (result == 0) result = poke_register(task, offsetof(struct user_regs_struct, rcx), second);
    if (result == 0) result = poke_register(task, offsetof(struct user_regs_struct, rdx), third);
    if (result == 0) result = poke_register(task, offsetof(struct user_regs_struct, rsi), fourth);
    return result;
}

int clinux_rewrite_compatible_call(pid_t task, uint64_t number, uint32_t first, uint32_t second,
                                   uint32_t third, uint32_t fourth) {
    int result = poke_register(task, offsetof(struct user_regs_struct, orig_rax), number);
    return result < 0 ? result
                      : clinux_restore_compatible_call(task, first, second, third, fourth);
}

int clinux_get_instruction_pointer(pid_t task, uint64_t *address) {
    return peek_register(task, offsetof(struct user_regs_struct, rip), address);
}

int clinux_set_instruction_pointer(pid_t task, uint64_t address) {
    return poke_register(task, offsetof(struct user_regs_struct, rip), address);
}

int clinux_set_breakpoint(pid_t task, uint64_t address, uint64_t *saved) {
    errno = 0;
    long word = ptrace(PTRACE_PEEKTEXT, task, (void *)address, NULL);
    if (errno) return -errno;
    *saved = (uint64_t)word;
    long planted = (word & ~0xffL) | 0xcc;
    return request(PTRACE_POKETEXT, task, (void *)address, (void *)planted);
}

int clinux_clear_breakpoint(pid_t task, uint64_t address, uint64_t saved) {
    return request(PTRACE_POKETEXT, task, (void *)address, (void *)saved);
}

int clinux_replace_byte(pid_t task, uint64_t address, uint8_t byte, uint8_t *former) {
    // Of the aligned word, which lies in one page.
    uint64_t aligned = address & ~7UL, shift = (address & 7) * 8;
    errno = 0;
    long word = ptrace(PTRACE_PEEKTEXT, task, (void *)aligned, NULL);
    if (errno) return -errno;
    *former = (uint8_t)((uint64_t)word >> shift);
    uint64_t changed = ((uint64_t)word & ~(0xffUL << shift)) | (uint64_t)byte << shift;
    return request(PTRACE_POKETEXT, task, (void *)aligned, (void *)changed);
}

int clinux_write_word(pid_t task, uint64_t address, uint64_t word) {
    return request(PTRACE_POKEDATA, task, (void *)address, (void *)word);
}

int clinux_thread_pointer(pid_t task, uint64_t *pointer) {
    return peek_register(task, offsetof(struct user_regs_struct, fs_base), pointer);
}

int clinux_general_registers(pid_t task, uint64_t values[16]) {
    struct user_regs_struct registers;
    int result = request(PTRACE_GETREGS, task, NULL, &registers);
    if (result < 0) return result;
    const uint64_t ordered[16] = {
        registers.rax, registers.rcx, registers.rdx, registers.rbx, registers.rsp, registers.rbp,
        registers.rsi, registers.rdi, registers.r8,  registers.r9,  registers.r10, registers.r11,
        registers.r12, registers.r13, registers.r14, registers.r15,
    };
    memcpy(values, ordered, sizeof ordered);
    return 0;
}

int clinux_single_step(pid_t task) { return request(PTRACE_SINGLESTEP, task, NULL, NULL); }

int clinux_read_memory(pid_t task, uint64_t address, void *bytes, uint64_t size) {
    enum { PAGE = 4096 };
    uint64_t done = 0;
    // Page by page: of a range that is not mapped to its end the kernel may read nothing.
    while (done < size) {
        uint64_t step = PAGE - (address + done) % PAGE;
        if (step > size - done) step = size - done;
        struct iovec mine = {(char *)bytes + done, step};
        struct iovec theirs = {(void *)(address + done), step};
        ssize_t count = process_vm_readv(task, &mine, 1, &theirs, 1, 0);
        if (count <= 0) break;
        done += (uint64_t)count;
    }
    return (int)done;
}
