// Copies of a template that write their own system calls down, in memory that they share with us,
// instead of stopping for each. A jump in the template's code leads a call through code of ours,
// which keeps number, arguments and result; what is made elsewhere meets the copy's filter. Each
// process has a log of its own, into which one of its tasks writes.
#ifndef CLINUX_RECORD_H
#define CLINUX_RECORD_H

#include <stdint.h>
#include <sys/types.h>

#include "CLinuxFork.h"

#pragma clang assume_nonnull begin

/// What a call has returned that has not: no address and no error has this value.
#define CLINUX_RECORD_PENDING (-2147483648LL)

/// A call as the copy has written it down. The copy can write anything here.
typedef struct {
    uint64_t number;
    uint64_t arguments[6];
    /// The place that it was led through, see clinux_recorder_divert.
    uint32_t place;
    uint32_t unused;
    int64_t result;
    uint64_t padding;
} clinux_record;

/// Bits of the numbers of calls, from 0 on, that are not to be written down but to stop.
enum { CLINUX_RECORDER_WORDS = 8 };

/// Code of ours is in areas of this size and alignment.
enum { CLINUX_RECORDER_AREA = 256 * 1024 };
/// The last byte of the instruction pointer, as seccomp sees it, of a call that was written down.
enum { CLINUX_RECORDER_CALL = 179 };

/// The address of an area, 0 when the template has none of that index.
uint64_t clinux_recorder_area(const clinux_template *prepared, int32_t index);

/// Makes logs and areas that belong to no template, for processes whose addresses are not random.
/// NULL when the kernel refuses. To be freed as a template.
clinux_template *_Nullable clinux_recorder_make(void);
/// Gives a process of such a recorder that stands behind its execve the logs and areas; it writes
/// into none before clinux_recorder_begin.
int clinux_recorder_adopt(clinux_template *recorder, pid_t task);

/// Leads the call at an address of a stopped process, and of all that come of it, through code that
/// writes it down: puts a jump over the 5 bytes at `start`, for `before` to be executed in front of
/// the call and `after` behind it. `place` is one that the same call of another process has, or -1
/// for a new one. Returns the place, counted from 0. -ENOSPC when no more fit, -ERANGE too far from
/// every area, -EINVAL when the process has other instructions there.
int clinux_recorder_divert(clinux_template *prepared, pid_t task, int32_t place, uint64_t call,
                           uint64_t start, const uint8_t *before, int32_t before_size,
                           const uint8_t *after, int32_t after_size);

/// Whether the code of all places is as it was written: a process of the same user could have had
/// the kernel make it writable.
int clinux_recorder_is_intact(const clinux_template *prepared);

/// Whether the tasks of a process can be told apart, so that one of them writes down and the others
/// stop; else nobody may write who shares memory with another task.
int clinux_recorder_tells_threads(void);

/// Has a stopped task of the template's or of what comes of it write down into one of the logs,
/// which are numbered from 0 and must be nobody else's; `stopping` are the calls that stop. What
/// was in the log is forgotten. Task 0 is the copy that was just made, whose log is the
/// first. An error leaves the task as it was: it must not go on.
int clinux_recorder_begin(clinux_template *prepared, int32_t log, pid_t task,
                          const uint64_t stopping[_Nonnull CLINUX_RECORDER_WORDS]);
/// Has all calls of a stopped task's process stop, which has just come of one that writes.
int clinux_recorder_keep_out(pid_t task);
/// Has calls of one more number stop.
void clinux_recorder_stop(clinux_template *prepared, int32_t log, uint32_t number);
/// Notes where the thread-local storage of the task that writes is from now on.
void clinux_recorder_own(clinux_template *prepared, int32_t log, uint64_t pointer);
/// Lets so many more calls be written down, as far as there is room; the others stop.
void clinux_recorder_allow(clinux_template *prepared, int32_t log, uint64_t count);
/// How many calls are written down. -EBADMSG when the target has destroyed the count.
int clinux_recorder_count(const clinux_template *prepared, int32_t log);
/// One of them; the last may still have to return.
clinux_record clinux_recorder_record(const clinux_template *prepared, int32_t log, int32_t index);
/// Forgets the last `count` calls.
void clinux_recorder_forget(clinux_template *prepared, int32_t log, int32_t count);

/// The place of a call that was made in code of ours, by its instruction pointer as a stop shows
/// it. -1: made elsewhere. `written` tells whether it has been written down.
int clinux_recorder_place(const clinux_template *prepared, uint64_t pointer, int32_t *written);

/// Prepares a task that stands before the delivery of a signal: a call that it is about to write
/// down it will write down afterwards, and one that it has made has its result.
void clinux_recorder_interrupt(clinux_template *prepared, int32_t log, pid_t task);

#pragma clang assume_nonnull end

#endif
