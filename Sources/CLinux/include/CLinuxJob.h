// The command that a shell would run in our place.
#ifndef CLINUX_JOB_H
#define CLINUX_JOB_H

#include <stdint.h>
#include <sys/types.h>

#pragma clang assume_nonnull begin

/// Prepares for one command that is run in the place of this process: requests to end are passed on
/// to it from now on, and it gets a process group of its own, so that what it sends to that group
/// does not come here. Where this process is in the foreground of a terminal the command's group
/// takes its place there; but where others are in this process's group, such as the other commands
/// of a pipeline, the command stays in it too, as the terminal has room for one group only.
int clinux_begin_job(void);
/// Gives the command its place, before its `execve`.
void clinux_enter_job(pid_t command);
/// Follows the command into a stop: as long as it is stopped, so is this process, for its shell to
/// see. Nothing where no shell looks, and for other processes.
void clinux_stop_with_job(pid_t task, int32_t signal);
/// Whether stops of the command are to be waited for where it is not traced.
int clinux_follows_stops(void);
/// The command has ended, by the signal `killer` or 0. Where that was asked of it, the same is asked of those that it leaves in its
/// group: whoever ends this process wants none of them.
void clinux_pass_to_rest(int32_t killer);
/// Kills the command, as long as it is not waited for, and its group.
void clinux_kill_job(void);
/// Takes the terminal back, and does with requests to end as before.
void clinux_end_job(void);

#pragma clang assume_nonnull end

#endif
