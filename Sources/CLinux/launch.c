#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/close_range.h>
#include <linux/filter.h>
#include <linux/futex.h>
#include <linux/keyctl.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "raw.h"

enum { STACK_SIZE = 64 * 1024 };

typedef struct {
    const clinux_launch *launch;
    char **arguments;
    char **environment;
    // Futex word: 1 once the tracer has seized the child.
    volatile uint32_t seized;
    volatile int32_t stage;
    volatile int32_t error;
} launch_state;

static long set_capabilities(uint64_t kept) {
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct data[2];
    for (int i = 0; i < 2; i++) {
        data[i].effective = data[i].permitted = (uint32_t)(kept >> (32 * i));
        data[i].inheritable = 0;
    }
    return RAW2(SYS_capset, &header, data);
}

// The kernel fills a user namespace's first process up with every capability there; what the
// bounding set lacks no program that it executes can have again.
static long bound_capabilities(uint64_t kept) {
    for (unsigned capability = 0; capability < 64; capability++) {
        if (kept >> capability & 1) continue;
        long result = RAW5(SYS_prctl, PR_CAPBSET_DROP, capability, 0, 0, 0);
        // The kernel knows no more of them.
        if (result == -EINVAL) break;
        if (result < 0) return result;
    }
    return 0;
}

static long become(const clinux_launch *launch) {
    long result = launch->own_namespace ? bound_capabilities(launch->bounding_capabilities) : 0;
    if (result < 0) return result;
    if (launch->group >= 0) {
        RAW2(SYS_setgroups, launch->own_namespace ? launch->group_count : 0, launch->groups);
        result = RAW3(SYS_setresgid, launch->group, launch->group, launch->group);
        if (result < 0) return result;
    }
    if (launch->user >= 0) {
        result = RAW3(SYS_setresuid, launch->user, launch->user, launch->user);
        if (result < 0) return result;
    }
    if (launch->own_namespace) return set_capabilities(launch->kept_capabilities);
    if (launch->drops_capabilities) {
        RAW5(SYS_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
        result = set_capabilities(0);
    }
    return result;
}

static long install_descriptors(const clinux_launch *launch) {
    long result = RAW3(SYS_close_range, 0, ~0U, CLOSE_RANGE_CLOEXEC);
    if (result < 0) return result;
    for (int32_t i = 0; i < launch->descriptor_count; i++) {
        const clinux_descriptor *descriptor = &launch->descriptors[i];
        result = descriptor->number == descriptor->source
                     ? RAW3(SYS_fcntl, descriptor->number, F_SETFD, 0)
                     : RAW2(SYS_dup2, descriptor->source, descriptor->number);
        if (result < 0) return result;
    }
    return 0;
}

static long install_limits(const clinux_launch *launch, int is_core) {
    for (int32_t i = 0; i < launch->limit_count; i++) {
        if ((launch->limits[i].resource == RLIMIT_CORE) != is_core) continue;
        struct rlimit limit = {launch->limits[i].value, launch->limits[i].value};
        long result = RAW4(SYS_prlimit64, 0, launch->limits[i].resource, &limit, 0);
        if (result < 0) return result;
    }
    return 0;
}

static long install_filter(const uint64_t *instructions, int32_t length) {
    struct sock_fprog program = {
        .len = (unsigned short)length,
        .filter = (struct sock_filter *)instructions,
    };
    return RAW3(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW, &program);
}

// Runs on a stack of its own in the caller's memory; touches nothing but `state`.
static int run_child(void *argument) {
    launch_state *state = argument;
    const clinux_launch *launch = state->launch;
    while (!state->seized) RAW4(SYS_futex, &state->seized, FUTEX_WAIT_PRIVATE, 0, 0);

    long result = 0;
    // Threads of a pool block what they leave to others; a target would never see those signals.
    uint64_t unblocked = 0;
    RAW4(SYS_rt_sigprocmask, SIG_SETMASK, &unblocked, 0, sizeof unblocked);
    if (launch->new_session) RAW0(SYS_setsid);
    if (launch->fixed_addresses) RAW1(SYS_personality, ADDR_NO_RANDOMIZE);
    if (launch->file_mask >= 0) RAW1(SYS_umask, launch->file_mask);
    // The tracer's keys are not the target's. Where there are no keyrings there is nothing to leave.
    if (launch->leaves_keyring) RAW2(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, 0);
    int32_t stage = CLINUX_LAUNCH_LIMITS;
    result = install_limits(launch, 1);
    // While it has the capability by which it keeps the chance of new privileges.
    if (result >= 0 && launch->confinement) {
        stage = CLINUX_LAUNCH_FILTER;
        result = install_filter(launch->confinement, launch->confinement_length);
    }
    if (result >= 0) stage = CLINUX_LAUNCH_DIRECTORY;
    if (result >= 0 && launch->working_directory >= 0) {
        result = RAW1(SYS_fchdir, launch->working_directory);
    }
    if (result >= 0) {
        stage = CLINUX_LAUNCH_IDENTITY;
        result = become(launch);
    }
    if (result >= 0) {
        stage = CLINUX_LAUNCH_DESCRIPTORS;
        result = install_descriptors(launch);
    }
    if (result >= 0) {
        stage = CLINUX_LAUNCH_LIMITS;
        result = install_limits(launch, 0);
    }
    if (result >= 0 && (launch->filter || launch->no_new_privileges)) {
        stage = CLINUX_LAUNCH_FILTER;
        result = RAW5(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    }
    if (result >= 0 && launch->filter) {
        result = install_filter(launch->filter, launch->filter_length);
    }
    if (result >= 0) {
        stage = CLINUX_LAUNCH_EXECUTE;
        result = RAW3(SYS_execve, launch->path, state->arguments, state->environment);
    }
    state->stage = stage;
    state->error = (int32_t)result;
    RAW1(SYS_exit, 127);
    // The filter that is in may deny even that. No filter denies a fault, whose stop the tracer sees.
    __builtin_trap();
}

// Pointers to `count` strings that stand one after another, and a NULL; the caller frees it.
static char **string_vector(const char *strings, int32_t count) {
    char **vector = calloc((size_t)count + 1, sizeof(char *));
    if (!vector) return NULL;
    for (int32_t i = 0; i < count; i++) {
        vector[i] = (char *)strings;
        strings += strlen(strings) + 1;
    }
    return vector;
}

static int wait_for_exec(pid_t child, launch_state *state, int32_t *stage) {
    for (;;) {
        int status = 0;
        if (waitpid(child, &status, __WALL) < 0) {
            if (errno == EINTR) continue;
            return -errno;
        }
        if (!WIFSTOPPED(status)) {
            *stage = state->stage ? state->stage : CLINUX_LAUNCH_EXECUTE;
            int killer = !state->error && WIFSIGNALED(status) ? WTERMSIG(status) : SIGKILL;
            if (killer == SIGSYS) return -EPERM;
            if (killer != SIGKILL) return -EINTR;
            // Killed without a word: the new image could not be set up (address space limit).
            return state->error ? state->error : -ENOMEM;
        }
        if (status >> 16 == PTRACE_EVENT_EXEC) return 0;
        // Its last words are said, and it cannot end.
        if (state->error) kill(child, SIGKILL);
        // A signal that came before exec: deliver it.
        int signal = status >> 16 ? 0 : WSTOPSIG(status);
        ptrace(PTRACE_CONT, child, 0, (void *)(long)signal);
    }
}

static int map_namespace(pid_t child) {
    char map[64];
    snprintf(map, sizeof map, "0 %u %u\n", (unsigned)CLINUX_INNER_FIRST,
             (unsigned)CLINUX_INNER_COUNT);
    int result = clinux_write_process_file(child, "uid_map", map);
    return result < 0 ? result : clinux_write_process_file(child, "gid_map", map);
}

// Behind its execve, as the kernel has all that share a memory share this.
static void end_first(pid_t child) { clinux_write_process_file(child, "oom_score_adj", "1000"); }

int clinux_launch_traced(const clinux_launch *launch, int32_t *stage) {
    launch_state state = {.launch = launch};
    *stage = CLINUX_LAUNCH_EXECUTE;
    char *stack = NULL;
    int result = -ENOMEM;
    state.arguments = string_vector(launch->arguments, launch->argument_count);
    state.environment = string_vector(launch->environment, launch->variable_count);
    if (posix_memalign((void **)&stack, 64, STACK_SIZE) != 0) stack = NULL;
    if (state.arguments && state.environment && stack) {
        int flags = CLONE_VM | SIGCHLD | (launch->own_namespace ? CLONE_NEWUSER : 0);
        pid_t child = clone(run_child, stack + STACK_SIZE, flags, &state);
        result = child < 0 ? -errno : child;
        if (child < 0 && launch->own_namespace) *stage = CLINUX_LAUNCH_IDENTITY;
        if (child > 0) {
            long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
                           PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL;
            // Otherwise a filter of the target's own means what it means without a tracer.
            if (launch->filter || launch->stops_at_filters) options |= PTRACE_O_TRACESECCOMP;
            int seized = ptrace(PTRACE_SEIZE, child, 0, (void *)options) < 0 ? -errno : 0;
            int mapped = seized >= 0 && launch->own_namespace ? map_namespace(child) : 0;
            if (seized < 0 || mapped < 0) kill(child, SIGKILL);
            if (launch->is_job) clinux_enter_job(child);
            state.seized = 1;
            syscall(SYS_futex, &state.seized, FUTEX_WAKE_PRIVATE, 1, 0, 0, 0);
            int outcome = wait_for_exec(child, &state, stage);
            if (mapped < 0) *stage = CLINUX_LAUNCH_IDENTITY;
            if (launch->ends_first && outcome == 0) end_first(child);
            if (seized < 0 || mapped < 0 || outcome < 0) {
                result = seized < 0 ? seized : mapped < 0 ? mapped : outcome;
            }
        }
    }
    free(stack);
    free(state.arguments);
    free(state.environment);
    return result;
}

// Until every copy of the pipe's other end is closed: the program is executed, or the child is gone.
static void await_closing(int pipe) {
    char byte;
    while (read(pipe, &byte, 1) < 0 && errno == EINTR) {
    }
}

int clinux_launch_untraced(const clinux_launch *launch, int32_t *stage) {
    *stage = CLINUX_LAUNCH_EXECUTE;
    if (getpid() != 1) return -EPERM;
    launch_state state = {.launch = launch};
    char *stack = NULL;
    int result = -ENOMEM, gate[2] = {-1, -1};
    state.arguments = string_vector(launch->arguments, launch->argument_count);
    state.environment = string_vector(launch->environment, launch->variable_count);
    if (posix_memalign((void **)&stack, 64, STACK_SIZE) != 0) stack = NULL;
    if (state.arguments && state.environment && stack && pipe2(gate, O_CLOEXEC) == 0) {
        int flags = CLONE_VM | SIGCHLD | (launch->own_namespace ? CLONE_NEWUSER : 0);
        pid_t child = clone(run_child, stack + STACK_SIZE, flags, &state);
        result = child < 0 ? -errno : child;
        close(gate[1]);
        if (child > 0) {
            int mapped = launch->own_namespace ? map_namespace(child) : 0;
            if (mapped < 0) kill(child, SIGKILL);
            state.seized = 1;
            syscall(SYS_futex, &state.seized, FUTEX_WAKE_PRIVATE, 1, 0, 0, 0);
            await_closing(gate[0]);
            if (launch->ends_first) end_first(child);
            if (mapped < 0 || state.error) {
                *stage = mapped < 0 ? CLINUX_LAUNCH_IDENTITY : state.stage;
                result = mapped < 0 ? mapped : state.error;
                while (waitpid(child, NULL, __WALL) < 0 && errno == EINTR) {
                }
            }
        }
        close(gate[0]);
    }
    free(stack);
    free(state.arguments);
    free(state.environment);
    return result;
}
