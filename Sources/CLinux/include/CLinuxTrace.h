// ptrace(2) without its variadic prototype, and waiting with the stop classified once.
#ifndef CLINUX_TRACE_H
#define CLINUX_TRACE_H

#include <stdint.h>
#include <sys/types.h>

#pragma clang assume_nonnull begin

/// What a stop means; see ptrace(2), "Stopped states".
enum {
    /// The wait was interrupted by a signal to the tracer; nothing was consumed.
    CLINUX_STOP_NONE = 0,
    /// No child is left.
    CLINUX_STOP_NO_CHILD = 1,
    CLINUX_STOP_SYSCALL_ENTRY = 2,
    CLINUX_STOP_SYSCALL_EXIT = 3,
    /// `value` is the signal that would be delivered, `address` the fault address or the
    /// instruction pointer for a trap.
    CLINUX_STOP_SIGNAL = 4,
    /// `value` is the stopping signal; resume with clinux_listen.
    CLINUX_STOP_GROUP = 5,
    /// `message` is the new task's id.
    CLINUX_STOP_FORK = 6,
    CLINUX_STOP_VFORK = 7,
    CLINUX_STOP_CLONE = 8,
    /// `message` is the id that the executing thread had before.
    CLINUX_STOP_EXEC = 9,
    /// First stop of an automatically attached task, or after an interrupt.
    CLINUX_STOP_ATTACHED = 10,
    /// The task is gone; `value` is its exit status.
    CLINUX_STOP_EXITED = 11,
    /// The task is gone; `value` is the signal that killed it.
    CLINUX_STOP_KILLED = 12,
    /// The task died between the stop and our questions about it; nothing to resume.
    CLINUX_STOP_VANISHED = 13,
    /// A seccomp filter stopped the task at the entry of a call, which is described as for
    /// CLINUX_STOP_SYSCALL_ENTRY.
    CLINUX_STOP_FILTERED = 14,
};

typedef struct {
    int32_t kind;
    int32_t task;
    int32_t value;
    /// AUDIT_ARCH_ constant of a syscall stop.
    uint32_t architecture;
    uint64_t message;
    /// Entry: number and arguments. Exit: `result`.
    uint64_t number;
    uint64_t arguments[6];
    int64_t result;
    /// Entry and exit: the address behind the syscall instruction.
    uint64_t instruction_pointer;
    uint64_t stack_pointer;
} clinux_stop;

/// Waits for the next stop or exit of any child, `blocking` or not.
int clinux_next_stop(clinux_stop *stop, int32_t blocking);

/// Waits until one traced task is gone, and reaps it.
void clinux_await_end(pid_t task);

/// Resumes until the next syscall stop, delivering `signal` unless 0. -ESRCH: the task is gone.
int clinux_resume_to_syscall(pid_t task, int32_t signal);
/// Resumes until the next stop of another kind.
int clinux_resume(pid_t task, int32_t signal);
/// Resumes a task in a group stop without ending the stop.
int clinux_listen(pid_t task);

/// Makes the call that the task is about to enter do nothing, at a syscall entry stop.
int clinux_skip_syscall(pid_t task);
/// Sets what the call that the task is leaving returns, at a syscall exit stop.
int clinux_set_result(pid_t task, int64_t result);
/// Sets one argument register (0 to 5) at a syscall entry stop.
int clinux_set_argument(pid_t task, int32_t index, uint64_t value);
/// Makes a call through the 32-bit gate another at its entry stop, and hands its registers back at
/// its exit.
int clinux_rewrite_compatible_call(pid_t task, uint64_t number, uint32_t first, uint32_t second,
                                   uint32_t third, uint32_t fourth);
int clinux_restore_compatible_call(pid_t task, uint32_t first, uint32_t second, uint32_t third,
                                   uint32_t fourth);
/// The instruction pointer of a stopped task.
int clinux_get_instruction_pointer(pid_t task, uint64_t *address);
int clinux_set_instruction_pointer(pid_t task, uint64_t address);

/// Plants a breakpoint instruction; `saved` receives the bytes that clinux_clear_breakpoint needs.
int clinux_set_breakpoint(pid_t task, uint64_t address, uint64_t *saved);
int clinux_clear_breakpoint(pid_t task, uint64_t address, uint64_t saved);

/// Writes 8 bytes into a stopped task's memory, wherever it is mapped.
int clinux_write_word(pid_t task, uint64_t address, uint64_t word);
/// Where a stopped task's thread-local storage is, which tells the threads of a process apart.
int clinux_thread_pointer(pid_t task, uint64_t *pointer);

/// Replaces one byte of a stopped task's code, or data, whatever its protection; `former` receives
/// what stood there.
int clinux_replace_byte(pid_t task, uint64_t address, uint8_t byte, uint8_t *former);
/// The general registers of a stopped task in the order in which instructions number them: rax,
/// rcx, rdx, rbx, rsp, rbp, rsi, rdi, r8 to r15.
int clinux_general_registers(pid_t task, uint64_t values[_Nonnull 16]);
/// Lets a stopped task execute one instruction.
int clinux_single_step(pid_t task);

/// Reads up to `size` bytes of a task's memory, less where its mapping ends before. Returns how
/// many.
int clinux_read_memory(pid_t task, uint64_t address, void *bytes, uint64_t size);

#pragma clang assume_nonnull end

#endif
