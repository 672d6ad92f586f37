#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/keyctl.h>
#include <linux/prctl.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

// Far from where the kernel puts anything by itself, and the same in every template.
#define REGION_ADDRESS 0x200000000000UL
#define STRING(x) #x
#define EXPANDED(x) STRING(x)

enum {
    CODE_SIZE = 4096,
    // Where the calls and their operands are; what is copied onto the stack comes behind.
    CALLS_OFFSET = 8192,
    BLOCK_OFFSET = 16384,
    REGION_SIZE = BLOCK_OFFSET + 512 * 1024,
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

// The template runs in the first three lines for ever: each clone stops it with an event, and the
// next resumption takes it to the next. The copy takes its arguments, makes the calls, the last of
// which unmaps this very code: the fault that follows hands it to the tracer.
__asm__(".pushsection .rodata\n"
        ".balign 16\n"
        "clinux_agent_begin:\n"
        "0:  movabs $" EXPANDED(REGION_ADDRESS) "+4096, %rbx\n"
        "    mov 32(%rbx), %rdi\n"
        "    xor %esi, %esi\n"
        "    xor %edx, %edx\n"
        "    mov 40(%rbx), %r10\n"
        "    xor %r8d, %r8d\n"
        "    mov $56, %eax\n"
        "    syscall\n"
        "clinux_agent_cloned:\n"
        "    test %eax, %eax\n"
        "    jz 1f\n"
        "    jns 0b\n"
        "    int3\n"
        "1:  mov 0(%rbx), %rsi\n"
        "    mov 8(%rbx), %rdi\n"
        "    mov 16(%rbx), %rcx\n"
        "    cld\n"
        "    rep movsb\n"
        "    mov 24(%rbx), %r13\n"
        "    lea 56(%rbx), %r12\n"
        "2:  test %r13, %r13\n"
        "    jz 3f\n"
        "    mov 0(%r12), %rax\n"
        "    mov 8(%r12), %rcx\n"
        "    mov %rcx, (%rax)\n"
        "    add $16, %r12\n"
        "    dec %r13\n"
        "    jmp 2b\n"
        "3:  mov 48(%rbx), %r13\n"
        "    lea 4096(%rbx), %r12\n"
        "4:  mov 0(%r12), %rax\n"
        "    mov 8(%r12), %rdi\n"
        "    mov 16(%r12), %rsi\n"
        "    mov 24(%r12), %rdx\n"
        "    mov 32(%r12), %r10\n"
        "    mov 40(%r12), %r8\n"
        "    mov 48(%r12), %r9\n"
        "    syscall\n"
        "clinux_agent_called:\n"
        "    cmp $-4095, %rax\n"
        "    jb 5f\n"
        "    cmpq $0, 56(%r12)\n"
        "    je 5f\n"
        "    int3\n"
        "5:  add $64, %r12\n"
        "    dec %r13\n"
        "    jnz 4b\n"
        "    int3\n"
        "clinux_agent_end:\n"
        ".popsection\n");

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
};

// Received descriptors get the lowest free numbers, and the template has 0, 1 and 2 besides its
// socket.
enum { FIRST_RECEIVED = 3 };

static int negative_errno(long result) { return result < 0 ? -errno : (int)result; }

static agent_data *data_of(clinux_template *t) { return (agent_data *)(t->region + CODE_SIZE); }

clinux_template *clinux_template_make(int32_t *their_socket, int32_t *memory) {
    clinux_template *t = calloc(1, sizeof *t);
    if (!t) return NULL;
    int pair[2] = {-1, -1};
    t->socket = t->their_socket = t->memory = -1;
    t->memory = memfd_create("fathom", MFD_CLOEXEC);
    if (t->memory < 0 || ftruncate(t->memory, REGION_SIZE) < 0 ||
        socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0) {
        clinux_template_free(t);
        return NULL;
    }
    t->socket = pair[0];
    // Numbers that a launch may give to the target are below these.
    t->their_socket = clinux_duplicate_above(pair[1], 600);
    close(pair[1]);
    int moved = clinux_duplicate_above(t->memory, 600);
    close(t->memory);
    t->memory = moved;
    void *region =
        mmap(NULL, REGION_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, t->memory, 0);
    if (region == MAP_FAILED || t->their_socket < 0 || moved < 0) {
        clinux_template_free(t);
        return NULL;
    }
    t->region = region;
    memcpy(t->region, clinux_agent_begin, (size_t)(clinux_agent_end - clinux_agent_begin));
    *their_socket = t->their_socket;
    *memory = t->memory;
    return t;
}

static void close_theirs(clinux_template *t) {
    if (t->their_socket >= 0) close(t->their_socket);
    if (t->memory >= 0) close(t->memory);
    t->their_socket = t->memory = -1;
}

void clinux_template_free(clinux_template *t) {
    if (t->task > 0) {
        kill(t->task, SIGKILL);
        while (waitpid(t->task, NULL, __WALL) < 0 && errno == EINTR) continue;
    }
    close_theirs(t);
    if (t->socket >= 0) close(t->socket);
    if (t->region) munmap(t->region, REGION_SIZE);
    free(t);
}

pid_t clinux_template_process(const clinux_template *t) { return t->task; }

void clinux_template_lose(clinux_template *t) { t->task = 0; }

// --- Finding main ----------------------------------------------------------------------------

// Waits for a stop of one task. 1: stopped, 0: gone, otherwise an error.
static int wait_stopped(pid_t task, int *status) {
    while (waitpid(task, status, __WALL) < 0) {
        if (errno != EINTR) return -errno;
    }
    return WIFSTOPPED(*status) ? 1 : 0;
}

static int is_call(const uint8_t *code) {
    // Prefixes that linkers and branch protection put there.
    if (code[0] == 0xf2 || code[0] == 0x67) code++;
    return code[0] == 0xe8 || (code[0] == 0xff && (code[1] & 0x38) == 0x10) ||
           (code[0] == 0x41 && code[1] == 0xff && (code[2] & 0x38) == 0x10);
}

static int read_words(pid_t task, uint64_t address, void *buffer, size_t size) {
    struct iovec mine = {buffer, size}, theirs = {(void *)address, size};
    return process_vm_readv(task, &mine, 1, &theirs, 1, 0) == (ssize_t)size ? 0 : -EFAULT;
}

int clinux_find_main(pid_t task, uint64_t *address) {
    enum { MOST_STEPS = 200 };
    struct user_regs_struct registers;
    if (ptrace(PTRACE_GETREGS, task, 0, &registers) < 0) return -errno;
    uint64_t count = 0, arguments = registers.rsp + 8;
    if (read_words(task, registers.rsp, &count, sizeof count) < 0) return -EFAULT;
    for (int step = 0; step < MOST_STEPS; step++) {
        uint8_t code[16] = {0};
        if (read_words(task, registers.rip, code, 8) < 0) return -ENOENT;
        // __libc_start_main(main, argc, argv, …) of glibc and of musl.
        if (is_call(code) && (uint32_t)registers.rsi == (uint32_t)count &&
            registers.rdx == arguments && registers.rdi != 0) {
            *address = registers.rdi;
            return 0;
        }
        if (code[0] == 0x0f && code[1] == 0x05) return -ENOENT;
        int status = 0;
        if (ptrace(PTRACE_SINGLESTEP, task, 0, 0) < 0) return -errno;
        int stopped = wait_stopped(task, &status);
        if (stopped != 1) return stopped < 0 ? stopped : -ESRCH;
        if (status >> 8 != SIGTRAP) return -ENOENT;
        if (ptrace(PTRACE_GETREGS, task, 0, &registers) < 0) return -errno;
    }
    return -ENOENT;
}

int clinux_main_arguments(pid_t task, uint64_t *arguments, uint64_t *environment) {
    struct user_regs_struct registers;
    if (ptrace(PTRACE_GETREGS, task, 0, &registers) < 0) return -errno;
    *arguments = registers.rsi;
    *environment = registers.rdx;
    return 0;
}

// --- Settling --------------------------------------------------------------------------------

// Makes one system call in a stopped task, by an instruction put where it stands.
static int64_t call_once(pid_t task, const struct user_regs_struct *base, const uint64_t *call) {
    errno = 0;
    long word = ptrace(PTRACE_PEEKTEXT, task, (void *)base->rip, 0);
    if (errno) return -errno;
    long planted = (word & ~0xffffL) | 0x050f;
    if (ptrace(PTRACE_POKETEXT, task, (void *)base->rip, (void *)planted) < 0) return -errno;
    struct user_regs_struct registers = *base;
    registers.rax = call[0];
    registers.orig_rax = (uint64_t)-1;
    registers.rdi = call[1];
    registers.rsi = call[2];
    registers.rdx = call[3];
    registers.r10 = call[4];
    registers.r8 = call[5];
    registers.r9 = call[6];
    int64_t result = -ESRCH;
    int status = 0;
    if (ptrace(PTRACE_SETREGS, task, 0, &registers) == 0 &&
        ptrace(PTRACE_SINGLESTEP, task, 0, 0) == 0 && wait_stopped(task, &status) == 1 &&
        ptrace(PTRACE_GETREGS, task, 0, &registers) == 0) {
        result = (int64_t)registers.rax;
    }
    if (ptrace(PTRACE_POKETEXT, task, (void *)base->rip, (void *)word) < 0) return -errno;
    registers = *base;
    if (ptrace(PTRACE_SETREGS, task, 0, &registers) < 0) return -errno;
    return result;
}

// Fields 26 to 51 of /proc/PID/stat, see proc_pid_stat(5), and the break of the heap, for the
// listings of /proc to show a copy's own arguments.
static void read_map(clinux_template *t, pid_t task, int64_t heap_end) {
    char path[64], text[2048];
    snprintf(path, sizeof path, "/proc/%d/stat", task);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return;
    ssize_t size = read(file, text, sizeof text - 1);
    close(file);
    if (size <= 0) return;
    text[size] = 0;
    char *rest = strrchr(text, ')');
    if (!rest) return;
    uint64_t fields[53] = {0};
    int field = 3;
    for (char *token = strtok(rest + 2, " "); token && field < 53; token = strtok(NULL, " ")) {
        fields[field++] = strtoull(token, NULL, 10);
    }
    if (field < 52) return;
    t->map = (struct prctl_mm_map){
        .start_code = fields[26],
        .end_code = fields[27],
        .start_data = fields[45],
        .end_data = fields[46],
        .start_brk = fields[47],
        .brk = (uint64_t)heap_end,
        .start_stack = fields[28],
        .exe_fd = (uint32_t)-1,
    };
    t->has_map = heap_end > 0;
}

static void read_auxiliary(clinux_template *t, pid_t task) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/auxv", task);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return;
    ssize_t size = read(file, t->auxiliary, sizeof t->auxiliary);
    close(file);
    t->auxiliary_size = size > 0 ? (uint64_t)size : 0;
}

int clinux_template_settle(clinux_template *t, pid_t task, const clinux_template_layout *layout) {
    if (layout->argument_word_count + layout->environment_word_count > MOST_POKES ||
        layout->argument_word_count > MOST_POKES / 2 ||
        layout->environment_word_count > MOST_POKES / 2) {
        return -E2BIG;
    }
    if (ptrace(PTRACE_GETREGS, task, 0, &t->registers) < 0) return -errno;
    t->registers.orig_rax = (uint64_t)-1;
    int result = read_words(task, t->registers.rsp, &t->return_address, sizeof(uint64_t));
    if (result < 0) return result;
    uint64_t map[7] = {SYS_mmap,
                       REGION_ADDRESS,
                       REGION_SIZE,
                       PROT_READ | PROT_EXEC,
                       MAP_SHARED | MAP_FIXED_NOREPLACE,
                       CLINUX_TEMPLATE_MEMORY,
                       0};
    int64_t mapped = call_once(task, &t->registers, map);
    if (mapped != (int64_t)REGION_ADDRESS) return mapped < 0 ? (int)mapped : -EEXIST;
    uint64_t heap[7] = {SYS_brk};
    read_map(t, task, call_once(task, &t->registers, heap));
    read_auxiliary(t, task);
    uint64_t closing[7] = {SYS_close, CLINUX_TEMPLATE_MEMORY};
    call_once(task, &t->registers, closing);
    // Copies run as the same user and could change a template that is like any process.
    uint64_t hiding[7] = {SYS_prctl, PR_SET_DUMPABLE, 0};
    int64_t hidden = call_once(task, &t->registers, hiding);
    if (hidden < 0) return (int)hidden;

    agent_data *data = data_of(t);
    memset(data, 0, sizeof *data);
    data->thread_id_address = layout->thread_id_address;
    data->clone_flags = CLONE_PARENT | SIGCHLD;
    if (layout->thread_id_address) {
        data->clone_flags |= CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID;
    }
    t->robust_list = layout->robust_list;
    t->robust_list_size = layout->robust_list_size;
    t->argument_word_count = layout->argument_word_count;
    t->environment_word_count = layout->environment_word_count;
    for (int i = 0; i < layout->argument_word_count; i++) {
        t->argument_words[i] = layout->argument_words[i];
    }
    for (int i = 0; i < layout->environment_word_count; i++) {
        t->environment_words[i] = layout->environment_words[i];
    }
    close_theirs(t);
    t->task = task;
    return 0;
}

int clinux_template_filter(clinux_template *t, const uint64_t *instructions, int32_t count) {
    enum { MOST_INSTRUCTIONS = 4096 };
    if (count > MOST_INSTRUCTIONS) return -E2BIG;
    if (t->loops) return -EBUSY;
    uint8_t *block = t->region + BLOCK_OFFSET;
    uint64_t address = REGION_ADDRESS + BLOCK_OFFSET;
    struct sock_fprog program = {
        .len = (unsigned short)count,
        .filter = (struct sock_filter *)(address + 64),
    };
    memcpy(block, &program, sizeof program);
    memcpy(block + 64, instructions, (size_t)count * 8);
    long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
                   PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL |
                   PTRACE_O_TRACESECCOMP;
    if (ptrace(PTRACE_SETOPTIONS, t->task, 0, (void *)options) < 0) return -errno;
    uint64_t privileges[7] = {SYS_prctl, PR_SET_NO_NEW_PRIVS, 1};
    int64_t result = call_once(t->task, &t->registers, privileges);
    if (result < 0) return (int)result;
    uint64_t filtering[7] = {SYS_seccomp, SECCOMP_SET_MODE_FILTER,
                             SECCOMP_FILTER_FLAG_SPEC_ALLOW, address};
    return (int)call_once(t->task, &t->registers, filtering);
}

uint64_t clinux_template_call_address(int32_t index) {
    const char *call = index == 0 ? clinux_agent_cloned : clinux_agent_called;
    return REGION_ADDRESS + (uint64_t)(call - clinux_agent_begin);
}

// --- Copies ----------------------------------------------------------------------------------

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
    if (launch->renews_keyrings) {
        add_call(&s, 0, SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, 0, 0, 0, 0);
        add_call(&s, 0, SYS_keyctl, KEYCTL_CLEAR, (uint64_t)KEY_SPEC_USER_KEYRING, 0, 0, 0);
        add_call(&s, 0, SYS_keyctl, KEYCTL_CLEAR, (uint64_t)KEY_SPEC_USER_SESSION_KEYRING, 0, 0,
                 0);
    }
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
    return negative_errno(sendmsg(t->socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT));
}

// Resumes the template until its next clone. Returns the copy's id.
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
    if (copy < 0) return copy;
    result = follow_calls(copy);
    if (result == 0) {
        struct user_regs_struct registers = t->registers;
        registers.rdi = (uint64_t)launch->argument_count;
        registers.rsi = layout.arguments;
        registers.rdx = layout.environment;
        registers.rsp = layout.stack_pointer;
        if (ptrace(PTRACE_SETREGS, copy, 0, &registers) == 0) return copy;
        result = -errno;
    }
    if (result != -ECHILD) {
        kill(copy, SIGKILL);
        int status;
        while (wait_stopped(copy, &status) == 1) ptrace(PTRACE_CONT, copy, 0, 0);
    }
    return result == -ESRCH ? -EPROTO : result;
}
