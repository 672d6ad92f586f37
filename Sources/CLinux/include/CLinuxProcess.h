// Processes, signals and clocks of our own.
#ifndef CLINUX_PROCESS_H
#define CLINUX_PROCESS_H

#include <stdint.h>
#include <sys/types.h>

#pragma clang assume_nonnull begin

/// Makes a timer that delivers SIGALRM to the calling thread, so that its blocking calls return
/// EINTR. Returns its id for the next two. Programs started from here do not inherit it.
int clinux_make_ticks(void);
/// Has the timer tick every so many microseconds, or not at all for 0.
int clinux_pace_ticks(int32_t timer, uint32_t microseconds);
int clinux_end_ticks(int32_t timer);
/// How many ticks the calling thread has received.
uint64_t clinux_ticks(void);

/// Counts a signal instead of dying from it, unless it is ignored already. The handler ends at
/// execve, so that programs started from here are not affected.
int clinux_catch_signal(int32_t signal);
/// How often any caught signal came.
uint64_t clinux_caught_signals(void);

/// The numbers of the processors that the process may use, or might before it was bound to one.
/// Returns how many, at most `capacity`.
int clinux_usable_processors(uint32_t *numbers, int32_t capacity);
/// Keeps the calling thread, and what it starts from now on, on a processor, and moves what its PID
/// namespace has on the one before. A tracer and its tracee wake each other cheaply only there.
int clinux_bind_to_processor(uint32_t processor);
/// Lets a task use every processor that the caller could use before.
int clinux_release_processor(pid_t task);
/// Keeps a task on the caller's processor again, where the caller keeps to one.
int clinux_hold_processor(pid_t task);

/// Processor time in nanoseconds that a process has used.
int64_t clinux_process_cpu_time(pid_t process);
/// Monotonic time in nanoseconds.
int64_t clinux_monotonic_time(void);
/// Kills a task's whole process with SIGKILL.
int clinux_kill(pid_t process, int32_t signal);
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
int clinux_pipe(int32_t *reader, int32_t *writer, uint32_t capacity);
/// A new terminal pair; `name` receives the path of the secondary.
int clinux_open_terminal(int32_t *primary, int32_t *secondary);
int clinux_set_nonblocking(int32_t descriptor);

#pragma clang assume_nonnull end

#endif
