#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "template.h"

// Where the next bytes of the block go, here and in the copy.
typedef struct {
    uint8_t *here;
    uint64_t there;
} cursor;

static void put_word(cursor *at, uint64_t word) {
    memcpy(at->here, &word, sizeof word);
    at->here += sizeof word;
    at->there += sizeof word;
}

static size_t strings_size(const char *strings, int32_t count) {
    const char *end = strings;
    for (int32_t i = 0; i < count; i++) end += strlen(end) + 1;
    return (size_t)(end - strings);
}

// Pointers to strings that stand one after another from `address` on.
static void put_vector(cursor *at, const char *strings, int32_t count, uint64_t address) {
    for (int32_t i = 0; i < count; i++) {
        put_word(at, address);
        size_t size = strlen(strings) + 1;
        strings += size;
        address += size;
    }
    put_word(at, 0);
}

typedef struct {
    uint64_t stack_pointer, arguments, environment;
    uint64_t argument_strings, argument_end, environment_end;
    uint64_t auxiliary;
    // Below the stack pointer, for what the kernel writes while the calls are made.
    uint64_t lowest;
} stack_layout;

enum { CONTROL_SIZE = CMSG_SPACE(sizeof(int) * (CLINUX_TEMPLATE_DESCRIPTORS + 1)) };

// What the kernel writes back when descriptors are received.
typedef struct {
    struct msghdr header;
    struct iovec vector;
    char byte[8];
    _Alignas(16) char control[CONTROL_SIZE];
} reception;

// Lays out what a fresh start finds at the top of its stack, below the template's own.
static int write_block(clinux_template *t, const clinux_launch *launch, stack_layout *layout) {
    size_t arguments_size = strings_size(launch->arguments, launch->argument_count);
    size_t environment_size = strings_size(launch->environment, launch->variable_count);
    size_t vectors = ((size_t)launch->argument_count + (size_t)launch->variable_count + 4) * 8;
    size_t size = 8 + vectors + t->auxiliary_size + arguments_size + environment_size;
    size_t total = (sizeof(reception) + size + 64) & ~15UL;
    if (total > REGION_SIZE - BLOCK_OFFSET) return -E2BIG;

    uint64_t top = t->registers.rsp & ~15UL;
    uint64_t start = top - ((size + 8 + 15) & ~15UL);
    layout->lowest = (start - sizeof(reception) - 256) & ~15UL;
    layout->stack_pointer = start + 8;
    uint64_t strings = start + 8 + vectors + t->auxiliary_size;
    layout->argument_strings = strings;
    layout->argument_end = strings + arguments_size;
    layout->environment_end = strings + arguments_size + environment_size;

    uint8_t *block = t->region + BLOCK_OFFSET;
    reception *received = (reception *)block;
    memset(received, 0, sizeof *received);
    received->header = (struct msghdr){
        .msg_iov = (struct iovec *)(layout->lowest + offsetof(reception, vector)),
        .msg_iovlen = 1,
        .msg_control = (void *)(layout->lowest + offsetof(reception, control)),
        .msg_controllen = CONTROL_SIZE,
    };
    received->vector =
        (struct iovec){(void *)(layout->lowest + offsetof(reception, byte)), 1};

    cursor at = {block + (layout->stack_pointer - layout->lowest), layout->stack_pointer};
    memset(block + sizeof *received, 0, (size_t)(at.here - block) - sizeof *received);
    put_word(&at, t->return_address);
    put_word(&at, (uint64_t)launch->argument_count);
    layout->arguments = at.there;
    put_vector(&at, launch->arguments, launch->argument_count, layout->argument_strings);
    layout->environment = at.there;
    put_vector(&at, launch->environment, launch->variable_count, layout->argument_end);
    layout->auxiliary = at.there;
    memcpy(at.here, t->auxiliary, t->auxiliary_size);
    at.here += t->auxiliary_size;
    memcpy(at.here, launch->arguments, arguments_size);
    memcpy(at.here + arguments_size, launch->environment, environment_size);
    at.here += arguments_size + environment_size;

    agent_data *data = data_of(t);
    data->copy_source = REGION_ADDRESS + BLOCK_OFFSET;
    data->copy_destination = layout->lowest;
    data->copy_length = (uint64_t)(at.here - block);
    uint64_t count = 0;
    for (int32_t i = 0; i < t->argument_word_count; i++) {
        data->pokes[count++] = (poke){t->argument_words[i], layout->arguments};
    }
    for (int32_t i = 0; i < t->environment_word_count; i++) {
        data->pokes[count++] = (poke){t->environment_words[i], layout->environment};
    }
    data->poke_count = count;
    return 0;
}

typedef struct {
    clinux_template *prepared;
    injected_call *next;
    uint8_t *operand;
    int32_t count;
} script;

static void add_call(script *s, uint64_t required, uint64_t number, uint64_t a, uint64_t b,
                     uint64_t c, uint64_t d, uint64_t e) {
    if (s->count >= MOST_CALLS) return;
    *s->next++ = (injected_call){number, {a, b, c, d, e, 0}, required};
    s->count++;
}

// Keeps bytes for a call to point to; their address in the copy.
static uint64_t add_operand(script *s, const void *bytes, size_t size) {
    memcpy(s->operand, bytes, size);
    uint64_t address = REGION_ADDRESS + (uint64_t)(s->operand - s->prepared->region);
    s->operand += (size + 15) & ~15UL;
    return address;
}

static int compare_numbers(const void *left, const void *right) {
    return *(const int32_t *)left - *(const int32_t *)right;
}

// Received descriptors have the lowest free numbers; puts each where it belongs and closes what
// belongs nowhere.
static void place_descriptors(script *s, const clinux_launch *launch, int32_t first) {
    int32_t numbers[CLINUX_TEMPLATE_DESCRIPTORS], highest = 0;
    for (int32_t i = 0; i < launch->descriptor_count; i++) {
        numbers[i] = launch->descriptors[i].number;
        if (numbers[i] > highest) highest = numbers[i];
    }
    if (highest >= first) {
        // One could land on another that is still to be placed: all of them go above first.
        int32_t base = highest + 1 > 64 ? highest + 1 : 64;
        for (int32_t i = 0; i < launch->descriptor_count; i++) {
            add_call(s, 1, SYS_dup2, (uint64_t)(first + i), (uint64_t)(base + i), 0, 0, 0);
        }
        first = base;
    }
    for (int32_t i = 0; i < launch->descriptor_count; i++) {
        add_call(s, 1, SYS_dup2, (uint64_t)(first + i), (uint64_t)numbers[i], 0, 0, 0);
    }
    qsort(numbers, (size_t)launch->descriptor_count, sizeof *numbers, compare_numbers);
    int32_t next = 0;
    for (int32_t i = 0; i < launch->descriptor_count; i++) {
        if (numbers[i] > next) {
            add_call(s, 0, SYS_close_range, (uint64_t)next, (uint64_t)(numbers[i] - 1), 0, 0, 0);
        }
        next = numbers[i] + 1;
    }
    add_call(s, 0, SYS_close_range, (uint64_t)next, ~0U, 0, 0, 0);
}

static void write_script(clinux_template *t, const clinux_launch *launch,
                         const stack_layout *layout) {
    script s = {
        .prepared = t,
        .next = (injected_call *)(t->region + CALLS_OFFSET),
        .operand = t->region + OPERANDS_OFFSET,
    };
    add_call(&s, 1, SYS_recvmsg, CLINUX_TEMPLATE_SOCKET, layout->lowest, 0, 0, 0);
    int32_t first = FIRST_RECEIVED;
    if (launch->working_directory >= 0) {
        add_call(&s, 1, SYS_fchdir, (uint64_t)first, 0, 0, 0, 0);
        first++;
    }
    if (launch->new_session) add_call(&s, 0, SYS_setsid, 0, 0, 0, 0, 0);
    place_descriptors(&s, launch, first);
    add_call(&s, 1, SYS_prctl, PR_SET_DUMPABLE, 1, 0, 0, 0);
    if (t->has_map) {
        struct prctl_mm_map map = t->map;
        map.arg_start = layout->argument_strings;
        map.arg_end = layout->argument_end;
        map.env_start = layout->argument_end;
        map.env_end = layout->environment_end;
        uint64_t address = add_operand(&s, &map, sizeof map);
        add_call(&s, 0, SYS_prctl, PR_SET_MM, PR_SET_MM_MAP, address, sizeof map, 0);
    }
    if (t->robust_list) {
        add_call(&s, 0, SYS_set_robust_list, t->robust_list, t->robust_list_size, 0, 0, 0);
    }
    for (int32_t i = 0; i < launch->limit_count; i++) {
        // The template has it, and is confined to it.
        if (launch->confinement && launch->limits[i].resource == RLIMIT_CORE) continue;
        struct rlimit limit = {launch->limits[i].value, launch->limits[i].value};
        uint64_t address = add_operand(&s, &limit, sizeof limit);
        add_call(&s, 1, SYS_prlimit64, 0, (uint64_t)launch->limits[i].resource, address, 0, 0);
    }
    add_call(&s, 1, SYS_munmap, REGION_ADDRESS, REGION_SIZE, 0, 0, 0);
    data_of(t)->call_count = (uint64_t)s.count;
}

static int send_descriptors(clinux_template *t, const clinux_launch *launch) {
    _Alignas(16) char control[CONTROL_SIZE];
    int32_t sources[CLINUX_TEMPLATE_DESCRIPTORS + 1], count = 0;
    if (launch->working_directory >= 0) sources[count++] = launch->working_directory;
    for (int32_t i = 0; i < launch->descriptor_count; i++) {
        sources[count++] = launch->descriptors[i].source;
    }
    char byte = 0;
    struct iovec vector = {&byte, 1};
    struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1};
    if (count > 0) {
        message.msg_control = control;
        message.msg_controllen = CMSG_SPACE(sizeof(int) * (size_t)count);
        memset(control, 0, message.msg_controllen);
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof(int) * (size_t)count);
        memcpy(CMSG_DATA(header), sources, sizeof(int) * (size_t)count);
    }
    return sendmsg(t->socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 ? -errno : 0;
}

// Resumes the template until its next clone. Returns the copy's id; after an error the template is
// of no more use.
static int next_copy(clinux_template *t) {
    for (;;) {
        int status = 0;
        // One that is being killed is waited for below, and it has no other stop.
        if (ptrace(PTRACE_CONT, t->task, 0, 0) < 0 && errno != ESRCH) return -errno;
        int stopped = wait_stopped(t->task, &status);
        if (stopped < 0) return stopped;
        if (stopped == 0) {
            t->task = 0;
            return -ESRCH;
        }
        int event = status >> 16;
        if (event == PTRACE_EVENT_FORK || event == PTRACE_EVENT_CLONE) {
            unsigned long copy = 0;
            if (ptrace(PTRACE_GETEVENTMSG, t->task, 0, &copy) < 0) return -errno;
            return (int)copy;
        }
        if (event == 0 && WSTOPSIG(status) == SIGTRAP) {
            struct user_regs_struct registers;
            if (ptrace(PTRACE_GETREGS, t->task, 0, &registers) < 0) return -errno;
            return (int64_t)registers.rax < 0 ? (int)registers.rax : -EPROTO;
        }
        // Signals that an earlier copy sent mean nothing to the template.
    }
}

// Follows a copy through its calls to the fault behind the last.
static int follow_calls(pid_t copy) {
    const uint64_t landing =
        REGION_ADDRESS + (uint64_t)(clinux_agent_called - clinux_agent_begin);
    for (;;) {
        int status = 0;
        int stopped = wait_stopped(copy, &status);
        if (stopped < 0) return stopped;
        if (stopped == 0) return -ECHILD;
        if (status >> 16 != 0) {
            if (ptrace(PTRACE_CONT, copy, 0, 0) < 0) return -errno;
            continue;
        }
        struct user_regs_struct registers;
        if (ptrace(PTRACE_GETREGS, copy, 0, &registers) < 0) return -errno;
        return WSTOPSIG(status) == SIGSEGV && registers.rip == landing ? 0 : -EPROTO;
    }
}

int clinux_template_copy(clinux_template *t, const clinux_launch *launch) {
    if (t->task <= 0) return -ESRCH;
    if (!t->loops) {
        struct user_regs_struct registers = t->registers;
        registers.rip = REGION_ADDRESS;
        if (ptrace(PTRACE_SETREGS, t->task, 0, &registers) < 0) {
            int status, error = errno;
            // One that is being killed has no other stop.
            if (error == ESRCH && wait_stopped(t->task, &status) == 0) t->task = 0;
            return -error;
        }
        t->loops = 1;
    }
    if (launch->descriptor_count > CLINUX_TEMPLATE_DESCRIPTORS || launch->limit_count > 16) {
        return -E2BIG;
    }
    stack_layout layout;
    int result = write_block(t, launch, &layout);
    if (result < 0) return result;
    write_script(t, launch, &layout);
    result = send_descriptors(t, launch);
    if (result < 0) return result;
    int copy = next_copy(t);
    result = copy < 0 ? copy : follow_calls(copy);
    if (result == 0) {
        struct user_regs_struct registers = t->registers;
        registers.rdi = (uint64_t)launch->argument_count;
        registers.rsi = layout.arguments;
        registers.rdx = layout.environment;
        registers.rsp = layout.stack_pointer;
        if (ptrace(PTRACE_SETREGS, copy, 0, &registers) == 0) return copy;
        result = -errno;
    }
    if (copy > 0 && result != -ECHILD) kill_and_reap(copy);
    // What was sent may not have been received, and a template whose clone failed has left its
    // loop: the next copy would be of neither.
    if (t->task > 0) kill_and_reap(t->task);
    t->task = 0;
    return result;
}
