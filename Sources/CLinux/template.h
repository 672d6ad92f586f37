// What a template's making and its copying share; see CLinuxFork.h.
#ifndef CLINUX_TEMPLATE_H
#define CLINUX_TEMPLATE_H

#include <errno.h>
#include <linux/prctl.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ptrace.h>
#include <sys/types.h>
#include <sys/user.h>
#include <sys/wait.h>

#include "CLinux.h"

// Far from where the kernel puts anything by itself, and the same in every template.
#define REGION_ADDRESS 0x200000000000UL
#define LOG_ADDRESS 0x200010000000UL
// A page of a process' own, with the address of its log.
#define LOG_CELL_ADDRESS 0x20000ffff000UL
#define STRING(x) #x
#define EXPANDED(x) STRING(x)

enum {
    CODE_SIZE = 4096,
    // Where the calls and their operands are; what is copied onto the stack comes behind.
    CALLS_OFFSET = 8192,
    BLOCK_OFFSET = 16384,
    REGION_SIZE = BLOCK_OFFSET + 512 * 1024,
    // In the same memory, mapped elsewhere: see record.c.
    LOG_OFFSET = REGION_SIZE,
    LOG_SIZE = 256 * 1024,
    // One behind the others that nothing is ever written to.
    LOG_COUNT = CLINUX_RECORDER_LOGS + 1,
    AREAS_OFFSET = LOG_OFFSET + LOG_COUNT * LOG_SIZE,
    MEMORY_SIZE = AREAS_OFFSET + CLINUX_TEMPLATE_AREAS * CLINUX_RECORDER_AREA,
    MOST_CALLS = 80,
    MOST_POKES = 64,
    AUXILIARY_SIZE = 1024,
};

typedef struct {
    uint64_t number;
    uint64_t arguments[6];
    // Not 0: the copy traps when the call fails.
    uint64_t required;
} injected_call;

typedef struct {
    uint64_t address;
    uint64_t value;
} poke;

// What the agent reads, at CODE_SIZE; the offsets stand in its code.
typedef struct {
    uint64_t copy_source;
    uint64_t copy_destination;
    uint64_t copy_length;
    uint64_t poke_count;
    uint64_t clone_flags;
    uint64_t thread_id_address;
    uint64_t call_count;
    poke pokes[MOST_POKES];
} agent_data;

_Static_assert(offsetof(agent_data, call_count) == 48, "offsets in the agent's code");
_Static_assert(sizeof(agent_data) < CALLS_OFFSET - CODE_SIZE, "the agent's data fits its page");
_Static_assert(sizeof(injected_call) == 64, "size in the agent's code");
_Static_assert(MOST_CALLS * sizeof(injected_call) <= 6144, "operands lie behind the calls");

enum { OPERANDS_OFFSET = CALLS_OFFSET + 6144 };

extern const char clinux_agent_begin[], clinux_agent_cloned[], clinux_agent_called[],
    clinux_agent_end[];

struct clinux_template {
    pid_t task;
    int32_t socket;
    int32_t their_socket;
    int32_t memory;
    uint8_t *region;
    struct user_regs_struct registers;
    uint64_t return_address;
    uint64_t robust_list, robust_list_size;
    uint64_t argument_words[MOST_POKES / 2], environment_words[MOST_POKES / 2];
    int32_t argument_word_count, environment_word_count;
    struct prctl_mm_map map;
    int32_t has_map;
    uint8_t auxiliary[AUXILIARY_SIZE];
    uint64_t auxiliary_size;
    // Whether it has been sent to the loop of its copies.
    int32_t loops;
    // Code that writes calls down, and how many places of each area are used; of each place, the
    // size of what comes behind its call.
    uint64_t areas[CLINUX_TEMPLATE_AREAS];
    int32_t area_count;
    int32_t place_counts[CLINUX_TEMPLATE_AREAS];
    // Of a recorder that belongs to no template: the segments of its logs and of each area.
    int32_t segments[1 + CLINUX_TEMPLATE_AREAS];
    // Of the code of all places, see place_sum.
    uint64_t code_sum;
    uint8_t after_sizes[CLINUX_TEMPLATE_AREAS * CLINUX_RECORDER_AREA / 256];
};

// Makes one system call in a stopped task, by an instruction put where it stands; `base` are its
// registers, which it has again afterwards.
int64_t clinux_template_call_once(pid_t task, const struct user_regs_struct *base,
                                  const uint64_t call[7]);
// Gives a stopped process the page that leads to its log.
int clinux_template_map_cell(pid_t task, const struct user_regs_struct *base);

// Received descriptors get the lowest free numbers, and the template has 0, 1 and 2 besides its
// socket.
enum { FIRST_RECEIVED = 3 };

static inline agent_data *data_of(clinux_template *t) {
    return (agent_data *)(t->region + CODE_SIZE);
}

// Waits for a stop of one task. 1: stopped, 0: gone, otherwise an error.
static inline int wait_stopped(pid_t task, int *status) {
    while (waitpid(task, status, __WALL) < 0) {
        if (errno != EINTR) return -errno;
    }
    return WIFSTOPPED(*status) ? 1 : 0;
}

static inline void kill_and_reap(pid_t task) {
    int status;
    kill(task, SIGKILL);
    while (wait_stopped(task, &status) == 1) continue;
}

#endif
