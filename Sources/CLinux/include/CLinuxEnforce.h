// Filters for a program that knows nothing of them: installed by itself, on calls that we put into
// its registers, from memory that nobody can write.
#ifndef CLINUX_ENFORCE_H
#define CLINUX_ENFORCE_H

#include <stdint.h>
#include <sys/types.h>

#pragma clang assume_nonnull begin

/// A file in memory, empty: a descriptor to write to it, and one that can only read it. What is
/// mapped through the latter can never be made writable, by mprotect(2), through /proc, by
/// process_vm_writev(2) or userfaultfd(2).
int clinux_make_memory(int32_t *reader);
/// Fills it, and takes from everyone the right to change it.
int clinux_seal_memory(int32_t writer, const void *bytes, uint64_t size);

/// Takes a task from the stop at its `execve` to the end of that call, before the program's first
/// instruction.
int clinux_finish_exec(pid_t task);
/// Has a task that is behind clinux_finish_exec map a file read-only and close it, and leaves it as it
/// was. -ENOEXEC: it is no 64-bit program.
int clinux_map_at_start(pid_t task, int32_t descriptor, uint64_t size, uint64_t *address);
/// Has it install a seccomp filter from a `struct sock_fprog` in its memory.
int clinux_install_at_start(pid_t task, uint64_t program);

/// Has a task that is stopped at the entry of a native system call install a seccomp filter, for all
/// threads of its process, from a `struct sock_fprog` in its memory. Its own call is not made: the
/// task is left behind the stop that follows, and makes the call again, from its entry on, when it
/// is resumed.
///
/// 0: the kernel, or a filter of the program's own in its place, says that it is in. A positive
/// number: the id of a thread whose filters are others, so that none was installed. -ESRCH: the
/// task is gone, its end is still to be waited for. -ETIMEDOUT: the call does not come back.
/// -ENOEXEC: it could not make its own call again. After other negative numbers, too, the task may
/// be unfit to go on.
int clinux_install_filter(pid_t task, uint64_t program);

/// Reads a filter of a stopped task back, counted from the oldest, which is 0, as the kernel was
/// given it. Returns the number of its instructions, of 8 bytes each; none is stored when they are
/// more than `capacity`. -EACCES where the caller may not, which needs CAP_SYS_ADMIN and no filters
/// of its own; -EINVAL and -EIO where the kernel has no such request.
int clinux_read_filter(pid_t task, uint32_t index, uint64_t *_Nullable instructions,
                       int32_t capacity);

/// Whether two tasks have the same memory: 1 or 0.
int clinux_shares_memory(pid_t first, pid_t second);

/// The entries of a folder of `/proc` that are numbers. Returns how many there are, which may be
/// more than were stored.
int clinux_list_numbers(const char *folder, int32_t *_Nullable numbers, int32_t capacity);

/// Has the call fail that a filter has stopped a task at, with a negative error number.
int clinux_deny_syscall(pid_t task, int64_t result);

/// Stops a running task with CLINUX_STOP_ATTACHED.
int clinux_interrupt(pid_t task);

/// Lets a stopped task go for good, delivering `signal` unless 0.
int clinux_detach(pid_t task, int32_t signal);

#pragma clang assume_nonnull end

#endif
