#include "template.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

// The template runs in the first three lines for ever: each clone stops it with an event, and the
// next resumption takes it to the next. The copy takes its arguments, makes the calls, the last of
// which unmaps this very code: the fault that follows hands it to the tracer.
__asm__(".pushsection .rodata\n"
        ".balign 16\n"
        ".globl clinux_agent_begin, clinux_agent_cloned, clinux_agent_called, clinux_agent_end\n"
        ".hidden clinux_agent_begin, clinux_agent_cloned, clinux_agent_called, clinux_agent_end\n"
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
clinux_template *clinux_template_make(int32_t *their_socket, int32_t *memory) {
    clinux_template *t = calloc(1, sizeof *t);
    if (!t) return NULL;
    int pair[2] = {-1, -1};
    t->socket = t->their_socket = t->memory = -1;
    t->memory = memfd_create("f", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (t->memory < 0 || ftruncate(t->memory, MEMORY_SIZE) < 0 ||
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
        mmap(NULL, MEMORY_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, t->memory, 0);
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
    if (t->task > 0) kill_and_reap(t->task);
    close_theirs(t);
    if (t->socket >= 0) close(t->socket);
    if (t->region) munmap(t->region, MEMORY_SIZE);
    free(t);
}

pid_t clinux_template_process(const clinux_template *t) { return t->task; }

void clinux_template_lose(clinux_template *t) { t->task = 0; }

// --- Finding main ----------------------------------------------------------------------------

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
int64_t clinux_template_call_once(pid_t task, const struct user_regs_struct *base,
                                  const uint64_t call[7]) {
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
    int status = 0, stopped = ptrace(PTRACE_SETREGS, task, 0, &registers) == 0;
    do {
        // A filter that the task has by now may stop the call before it is made.
        stopped = stopped && ptrace(PTRACE_SINGLESTEP, task, 0, 0) == 0 &&
                  wait_stopped(task, &status) == 1;
    } while (stopped && status >> 16 == PTRACE_EVENT_SECCOMP);
    if (stopped && ptrace(PTRACE_GETREGS, task, 0, &registers) == 0) {
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

static int map_part(clinux_template *t, pid_t task, uint64_t address, uint64_t size,
                    uint64_t protection, uint64_t offset) {
    uint64_t map[7] = {SYS_mmap,
                       address,
                       size,
                       protection,
                       MAP_SHARED | MAP_FIXED_NOREPLACE,
                       CLINUX_TEMPLATE_MEMORY,
                       offset};
    int64_t mapped = clinux_template_call_once(task, &t->registers, map);
    if (mapped == (int64_t)address) return 0;
    return mapped < 0 ? (int)mapped : -EEXIST;
}

int clinux_template_map_cell(pid_t task, const struct user_regs_struct *base) {
    uint64_t map[7] = {SYS_mmap,
                       LOG_CELL_ADDRESS,
                       4096,
                       PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE,
                       (uint64_t)-1,
                       0};
    int64_t result = clinux_template_call_once(task, base, map);
    if (result != (int64_t)LOG_CELL_ADDRESS) return result < 0 ? (int)result : -EEXIST;
    return clinux_write_word(task, LOG_CELL_ADDRESS, LOG_ADDRESS);
}

// A template without it is as good, and slower.
static void map_recorder(clinux_template *t, pid_t task, const clinux_template_layout *layout) {
    if (!layout->areas[0] || clinux_template_map_cell(task, &t->registers) < 0 ||
        map_part(t, task, LOG_ADDRESS, LOG_COUNT * LOG_SIZE, PROT_READ | PROT_WRITE,
                 LOG_OFFSET) < 0) {
        return;
    }
    // All copies execute what is in the areas: none may make them writable.
    if (fcntl(t->memory, F_ADD_SEALS, F_SEAL_FUTURE_WRITE) < 0) return;
    for (int i = 0; i < CLINUX_TEMPLATE_AREAS && layout->areas[i]; i++) {
        uint64_t offset = AREAS_OFFSET + (uint64_t)i * CLINUX_RECORDER_AREA;
        int result = map_part(t, task, layout->areas[i], CLINUX_RECORDER_AREA,
                              PROT_READ | PROT_EXEC, offset);
        if (result == 0) t->areas[t->area_count++] = layout->areas[i];
    }
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
    result = map_part(t, task, REGION_ADDRESS, REGION_SIZE, PROT_READ | PROT_EXEC, 0);
    if (result < 0) return result;
    map_recorder(t, task, layout);
    uint64_t heap[7] = {SYS_brk};
    read_map(t, task, clinux_template_call_once(task, &t->registers, heap));
    read_auxiliary(t, task);
    uint64_t closing[7] = {SYS_close, CLINUX_TEMPLATE_MEMORY};
    clinux_template_call_once(task, &t->registers, closing);
    // Copies run as the same user and could change a template that is like any process.
    uint64_t hiding[7] = {SYS_prctl, PR_SET_DUMPABLE, 0};
    int64_t hidden = clinux_template_call_once(task, &t->registers, hiding);
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
    int64_t result = clinux_template_call_once(t->task, &t->registers, privileges);
    if (result < 0) return (int)result;
    uint64_t filtering[7] = {SYS_seccomp, SECCOMP_SET_MODE_FILTER,
                             SECCOMP_FILTER_FLAG_SPEC_ALLOW, address};
    return (int)clinux_template_call_once(t->task, &t->registers, filtering);
}

uint64_t clinux_template_call_address(int32_t index) {
    const char *call = index == 0 ? clinux_agent_cloned : clinux_agent_called;
    return REGION_ADDRESS + (uint64_t)(call - clinux_agent_begin);
}
