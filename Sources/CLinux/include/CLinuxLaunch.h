// Starting a target: everything between clone and execve happens in C, because no Swift code may
// run in a process that shares its parent's memory.
#ifndef CLINUX_LAUNCH_H
#define CLINUX_LAUNCH_H

#include <stdint.h>
#include <sys/types.h>

#pragma clang assume_nonnull begin

/// Descriptor `source` of the caller becomes descriptor `number` of the target.
typedef struct {
    int32_t number;
    int32_t source;
} clinux_descriptor;

/// A resource limit, soft and hard alike; `resource` is an RLIMIT_ constant.
typedef struct {
    int32_t resource;
    uint64_t value;
} clinux_limit;

typedef struct {
    /// File to execute, NUL-terminated.
    const char *path;
    /// `argument_count` NUL-terminated strings one after another, the program's name first.
    const char *arguments;
    /// `variable_count` NUL-terminated strings one after another.
    const char *environment;
    int32_t argument_count;
    int32_t variable_count;
    /// Directory to start in, or -1 for the caller's.
    int32_t working_directory;
    /// User and group to become, or -1 to stay; capabilities and groups are dropped with them.
    int32_t user;
    int32_t group;
    /// Whether to drop every capability.
    int32_t drops_capabilities;
    /// Whether to run in a user namespace of its own, where `user` and `group` are then counted.
    /// Its ids from 0 to 65535 are the caller's from CLINUX_INNER_FIRST on, so that it has none
    /// for the caller's 0. The caller must have every capability over these.
    int32_t own_namespace;
    /// The capabilities, a bit each, that it keeps there, and those that it and what it executes can
    /// ever have, see capabilities(7).
    uint64_t kept_capabilities;
    uint64_t bounding_capabilities;
    /// The groups that it is in besides `group`, in a namespace of its own.
    const uint32_t *_Nullable groups;
    int32_t group_count;
    /// Whether to start a session of its own, without a controlling terminal.
    int32_t new_session;
    /// Whether it is the command of clinux_begin_job.
    int32_t is_job;
    /// Whether it is to be ended before the caller where memory runs out.
    int32_t ends_first;
    /// Whether to leave the caller's session keyring for one of its own; copies have their template's.
    int32_t leaves_keyring;
    /// Whether to switch address space layout randomisation off.
    int32_t fixed_addresses;
    /// The bits that new files of the target do not get, see umask(2), or -1 for the caller's.
    int32_t file_mask;
    /// Descriptors of the target; every other one is closed. Sources must be numbers that occur
    /// nowhere as `number`, unless both are equal.
    const clinux_descriptor *_Nullable descriptors;
    int32_t descriptor_count;
    const clinux_limit *_Nullable limits;
    int32_t limit_count;
    /// A seccomp filter of `filter_length` instructions (struct sock_filter), or NULL. The target
    /// gets no new privileges then, and RET_TRACE stops it.
    const uint64_t *_Nullable filter;
    int32_t filter_length;
    /// A filter of `confinement_length` instructions that bounds it whoever traces it, or NULL;
    /// that alone does not have RET_TRACE stop it. For callers that may do without new privileges:
    /// those with CAP_SYS_ADMIN in their user namespace.
    const uint64_t *_Nullable confinement;
    int32_t confinement_length;
    /// Whether it gets no new privileges, for filters that follow.
    int32_t no_new_privileges;
    /// Whether RET_TRACE of filters that follow stops it.
    int32_t stops_at_filters;
} clinux_launch;

/// What a target's user namespace calls 0, and how many ids it has.
enum { CLINUX_INNER_FIRST = 1, CLINUX_INNER_COUNT = 65536 };

/// Where a launch failed, see clinux_launch_traced.
enum {
    CLINUX_LAUNCH_DIRECTORY = 1,
    CLINUX_LAUNCH_IDENTITY = 2,
    CLINUX_LAUNCH_DESCRIPTORS = 3,
    CLINUX_LAUNCH_LIMITS = 4,
    CLINUX_LAUNCH_EXECUTE = 5,
    CLINUX_LAUNCH_FILTER = 6,
};

/// Starts a target seized by the calling thread, with syscall, fork, vfork, clone and exec stops
/// and kill-on-exit set; no signal is blocked in it. Returns its process id, stopped at
/// PTRACE_EVENT_EXEC, which has been waited for. On failure the process is reaped and `stage`
/// names the step.
int clinux_launch_traced(const clinux_launch *launch, int32_t *stage);

/// Starts a program that nobody traces, in the same way; only for the first process of a PID
/// namespace, with which everything else ends. Returns its process id.
int clinux_launch_untraced(const clinux_launch *launch, int32_t *stage);

#pragma clang assume_nonnull end

#endif
