// Processes, signals and clocks of our own.
#ifndef CLINUX_PROCESS_H
#define CLINUX_PROCESS_H

#include <stdint.h>
#include <sys/types.h>

#pragma clang assume_nonnull begin

/// Delivers SIGALRM to the calling thread every so many microseconds, so that its blocking calls
/// return EINTR. Returns the timer's id for clinux_end_ticks. Programs started from here do not
/// inherit it.
int clinux_start_ticks(uint32_t microseconds);
int clinux_end_ticks(int32_t timer);
/// How many ticks the calling thread has received.
uint64_t clinux_ticks(void);

/// Counts a signal instead of dying from it, unless it is ignored already. The handler ends at
/// execve, so that programs started from here are not affected.
int clinux_catch_signal(int32_t signal);
/// How often any caught signal came.
uint64_t clinux_caught_signals(void);

/// Processor time in nanoseconds that a process has used.
int64_t clinux_process_cpu_time(pid_t process);
/// Monotonic time in nanoseconds.
int64_t clinux_monotonic_time(void);
/// Kills a task's whole process with SIGKILL.
int clinux_kill(pid_t process, int32_t signal);
/// Sends a signal to one thread.
int clinux_kill_thread(pid_t process, pid_t thread, int32_t signal);
/// Waits for one child without ptrace, `blocking` or not: 0 while it runs, 1 when it is gone;
/// `status` is 0–255 for an exit status, 256 plus the number for a killing signal.
int clinux_reap(pid_t process, int32_t blocking, int32_t *status);

/// A connected pair of stream sockets, close-on-exec.
int clinux_socket_pair(int32_t *first, int32_t *second);
/// Copies a descriptor to a number not below `minimum`, close-on-exec.
int clinux_duplicate_above(int32_t descriptor, int32_t minimum);
/// Waits until one of the descriptors is readable or closed. Returns how many are; bit i of
/// `ready` is descriptor i. At most 64.
int clinux_poll_readable(const int32_t *descriptors, int32_t count, int32_t milliseconds,
                         uint64_t *ready);
/// Waits until a socket can be written to, or has something to read, or the time is over.
void clinux_wait_for_room(int32_t descriptor, int32_t milliseconds);
/// An exclusive advisory lock on an open file; -EWOULDBLOCK when another process holds it.
int clinux_lock(int32_t descriptor);
int clinux_pipe(int32_t *reader, int32_t *writer, uint32_t capacity);
/// A new terminal pair; `name` receives the path of the secondary.
int clinux_open_terminal(int32_t *primary, int32_t *secondary);
int clinux_set_nonblocking(int32_t descriptor);

#pragma clang assume_nonnull end

#endif
