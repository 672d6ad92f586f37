// Filters for a program that knows nothing of them: installed by itself, on a call that we put into
// its registers.
#ifndef CLINUX_ENFORCE_H
#define CLINUX_ENFORCE_H

#include <stdint.h>
#include <sys/types.h>

#pragma clang assume_nonnull begin

/// Has a task that is stopped at the entry of a native system call install a seccomp filter of
/// `count` instructions of 8 bytes (struct sock_filter) for all threads of its process. The call is
/// not made: the task is left behind the stop that follows, and makes the call again, from its
/// entry on, when it is resumed. No signal is delivered meanwhile.
///
/// 0: the filter is in. A positive number: the id of a thread whose filters are others, so that
/// none was installed. -ESRCH: the task is gone, its end is still to be waited for. Other negative
/// numbers: the kernel, or a filter that is there already, refused; the task may be unfit to go on
/// where it is -ENOEXEC (no system call instruction) or -EFAULT (no room on the stack).
int clinux_install_filter(pid_t task, const uint64_t *instructions, int32_t count);

/// Has the call fail that a filter has stopped a task at, with a negative error number.
int clinux_deny_syscall(pid_t task, int64_t result);

/// Stops a running task with CLINUX_STOP_ATTACHED.
int clinux_interrupt(pid_t task);

/// Lets a stopped task go for good, delivering `signal` unless 0.
int clinux_detach(pid_t task, int32_t signal);

#pragma clang assume_nonnull end

#endif
