// A fork server in a process that knows nothing of it: stopped at `main` by ptrace, it makes a
// copy of itself for each execution. What a copy does before it is the target is a list of system
// calls in memory that it shares with us.
#ifndef CLINUX_FORK_H
#define CLINUX_FORK_H

#include <stdint.h>
#include <sys/types.h>

#include "CLinuxLaunch.h"

#pragma clang assume_nonnull begin

/// Numbers under which the launch of a template must have its end of the socket and the memory.
/// Below 64, so that the kernel's first, embedded table of descriptors is enough.
enum {
    CLINUX_TEMPLATE_SOCKET = 60,
    CLINUX_TEMPLATE_MEMORY = 61,
};

/// The most descriptors that an execution of a template may have.
enum { CLINUX_TEMPLATE_DESCRIPTORS = 40 };

/// How many areas of code that writes calls down a template may have.
enum { CLINUX_TEMPLATE_AREAS = 2 };
/// How many processes that come of one template can write their calls down at a time.
enum { CLINUX_RECORDER_LOGS = 15 };

typedef struct clinux_template clinux_template;

/// What of a process' memory is where, for the copies to be like fresh starts. Addresses that are
/// not known are 0.
typedef struct {
    /// Where the thread's id is kept, see set_tid_address(2).
    uint64_t thread_id_address;
    /// See set_robust_list(2).
    uint64_t robust_list;
    uint64_t robust_list_size;
    /// The words, in writable memory, that hold the address of the arguments and of the
    /// environment.
    const uint64_t *_Nullable argument_words;
    int32_t argument_word_count;
    const uint64_t *_Nullable environment_words;
    int32_t environment_word_count;
    /// Where code that writes calls down is to be, within 2 GiB of the calls; 0 for nowhere. See
    /// CLinuxRecord.h.
    uint64_t areas[CLINUX_TEMPLATE_AREAS];
} clinux_template_layout;

/// Makes the socket and the memory of a template that is to be launched; `socket` and `memory` are
/// what its launch must hand over, and are closed by clinux_template_settle.
/// NULL when the kernel refuses.
clinux_template *_Nullable clinux_template_make(int32_t *socket, int32_t *memory);
/// Kills and reaps the process, if there is one, and frees everything.
void clinux_template_free(clinux_template *prepared);

/// Single-steps a process that is stopped at its entry point to the call that hands `main` to the
/// C library, which is not made yet. -ENOENT when there is no such call.
int clinux_find_main(pid_t task, uint64_t *address);

/// The registers of the arguments of `main`, where the process is stopped.
int clinux_main_arguments(pid_t task, uint64_t *arguments, uint64_t *environment);

/// Makes a process that is stopped at the first instruction of `main`, with its breakpoint
/// removed, a template. It is then killed with the template.
int clinux_template_settle(clinux_template *prepared, pid_t task,
                           const clinux_template_layout *layout);

/// Puts the template, before it is copied for the first time, under a seccomp filter of `count`
/// instructions of 8 bytes (struct sock_filter), and has RET_TRACE stop its copies. The template
/// gets no new privileges from then on. At most 4,096 instructions.
int clinux_template_filter(clinux_template *prepared, const uint64_t *instructions, int32_t count);

/// Copies the template. The copy gets arguments, environment, directory, descriptors, limits,
/// session and keyrings of the launch; it has the identity and the rest from the template.
/// Returns its process id, seized by the calling thread and stopped at the first instruction of
/// `main`. -E2BIG: the launch does not fit, nothing happened. After another error the template may
/// be gone.
int clinux_template_copy(clinux_template *prepared, const clinux_launch *launch);

/// The addresses of the template's own calls, which a filter must let through: the instruction
/// behind them, as seccomp sees it.
uint64_t clinux_template_call_address(int32_t index);

/// The template's process id, 0 when it is gone.
pid_t clinux_template_process(const clinux_template *prepared);
/// Notes that the template has been reaped.
void clinux_template_lose(clinux_template *prepared);

#pragma clang assume_nonnull end

#endif
