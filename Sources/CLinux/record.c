#include "template.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/uio.h>

// Each place has this many bytes of code. Up to RECORD stands what belongs before the call, so that
// every call is at one offset; behind it what follows, and a call for what is not written down.
enum {
    PLACE_SIZE = 256,
    RECORD = 64,
    CALL = CLINUX_RECORDER_CALL - 2,
    DONE = CALL + 22,
    PLACES = CLINUX_RECORDER_AREA / PLACE_SIZE,
    MOST_BEFORE = RECORD,
    MOST_AFTER = 32,
    JUMP_SIZE = 5,
};

// What the code of a place reads and writes, at the beginning of the log.
typedef struct {
    // Address of the next record, and of the end of what may be written.
    uint64_t next;
    uint64_t limit;
    // The thread pointer of the one task that writes; see tells_threads.
    uint64_t owner;
    uint64_t stopping[CLINUX_RECORDER_WORDS];
} log_head;

_Static_assert(offsetof(log_head, stopping) == 24, "an offset in the code of places");

// The first record comes behind a margin: a call that was taken back stores its result there.
enum { FIRST_RECORD = 256, MOST_RECORDS = (LOG_SIZE - FIRST_RECORD) / (int)sizeof(clinux_record) };

_Static_assert(sizeof(clinux_record) == 80, "the size in the code of places");
_Static_assert(offsetof(clinux_record, place) == 56, "an offset in the code of places");
_Static_assert(offsetof(clinux_record, result) == 64, "an offset in the code of places");
_Static_assert(sizeof(log_head) <= FIRST_RECORD - 16, "the margin is free");

static log_head *head_of(const clinux_template *t, int32_t log) {
    return (log_head *)(t->region + LOG_OFFSET + (size_t)log * LOG_SIZE);
}

static clinux_record *record_of(const clinux_template *t, int32_t log, int32_t index) {
    return (clinux_record *)((uint8_t *)head_of(t, log) + FIRST_RECORD) + index;
}

static uint64_t log_address(int32_t log) { return LOG_ADDRESS + (uint64_t)log * LOG_SIZE; }

static uint64_t record_address(int32_t log, int64_t index) {
    return log_address(log) + FIRST_RECORD + (uint64_t)index * sizeof(clinux_record);
}

static int is_log(int32_t log) { return log >= 0 && log < CLINUX_RECORDER_LOGS; }

// HWCAP2_FSGSBASE of asm/hwcap2.h: the instruction that reads the thread pointer is to be had.
static int tells_threads(void) { return (getauxval(AT_HWCAP2) & 2) != 0; }

int clinux_recorder_tells_threads(void) { return tells_threads(); }

uint64_t clinux_recorder_area(const clinux_template *t, int32_t index) {
    return index >= 0 && index < t->area_count ? t->areas[index] : 0;
}

// --- The code of a place ---------------------------------------------------------------------

typedef struct {
    uint8_t *start;
    size_t size;
} code;

static void put(code *c, const void *bytes, size_t size) {
    memcpy(c->start + c->size, bytes, size);
    c->size += size;
}

#define PUT(c, ...) put((c), (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}))

static void put_distance(code *c, uint64_t from, uint64_t to) {
    int32_t distance = (int32_t)(to - (from + c->size + 4));
    put(c, &distance, sizeof distance);
}

static void put_log_address(code *c) {
    uint64_t address = LOG_CELL_ADDRESS;
    PUT(c, 0x49, 0xbb);  // movabs $CELL, %r11
    put(c, &address, sizeof address);
    PUT(c, 0x4d, 0x8b, 0x1b);  // mov (%r11), %r11
}

static void put_thread_pointer(code *c) {
    if (tells_threads()) {
        PUT(c, 0xf3, 0x48, 0x0f, 0xae, 0xc1);  // rdfsbase %rcx
    } else {
        PUT(c, 0x31, 0xc9, 0x0f, 0x1f, 0x00);  // xor %ecx, %ecx; nop
    }
}

// Uses rcx and r11 alone, which a system call changes anyway, and neither stack nor what is stored
// for the thread: the code may run for a task that has just got either.
static void write_place(uint8_t *bytes, uint64_t base, uint32_t place, uint64_t next,
                        const uint8_t *before, size_t before_size, const uint8_t *after,
                        size_t after_size) {
    code c = {bytes, RECORD - before_size};
    uint64_t direct = base + DONE + after_size + JUMP_SIZE;
    memset(bytes, 0xcc, PLACE_SIZE);
    put(&c, before, before_size);
    put_log_address(&c);
    PUT(&c, 0x48, 0x3d, 0xff, 0x01, 0, 0);  // cmp $511, %rax
    PUT(&c, 0x0f, 0x87);                    // ja direct
    put_distance(&c, base, direct);
    PUT(&c, 0x49, 0x0f, 0xa3, 0x43, 24);  // bt %rax, stopping(%r11)
    PUT(&c, 0x0f, 0x82);                  // jc direct
    put_distance(&c, base, direct);
    put_thread_pointer(&c);
    PUT(&c, 0x49, 0x3b, 0x4b, 16);  // cmp owner(%r11), %rcx
    PUT(&c, 0x0f, 0x85);            // jne direct
    put_distance(&c, base, direct);
    PUT(&c, 0x49, 0x8b, 0x0b);     // mov next(%r11), %rcx
    PUT(&c, 0x49, 0x3b, 0x4b, 8);  // cmp limit(%r11), %rcx
    PUT(&c, 0x0f, 0x83);           // jae direct
    put_distance(&c, base, direct);
    PUT(&c, 0x48, 0x89, 0x01);        // mov %rax, (%rcx)
    PUT(&c, 0x48, 0x89, 0x79, 0x08);  // mov %rdi, 8(%rcx)
    PUT(&c, 0x48, 0x89, 0x71, 0x10);  // mov %rsi, 16(%rcx)
    PUT(&c, 0x48, 0x89, 0x51, 0x18);  // mov %rdx, 24(%rcx)
    PUT(&c, 0x4c, 0x89, 0x51, 0x20);  // mov %r10, 32(%rcx)
    PUT(&c, 0x4c, 0x89, 0x41, 0x28);  // mov %r8, 40(%rcx)
    PUT(&c, 0x4c, 0x89, 0x49, 0x30);  // mov %r9, 48(%rcx)
    PUT(&c, 0xc7, 0x41, 0x38);        // movl $place, 56(%rcx)
    put(&c, &place, sizeof place);
    PUT(&c, 0x48, 0xc7, 0x41, 0x40, 0, 0, 0, 0x80);  // movq $PENDING, 64(%rcx)
    PUT(&c, 0x48, 0x83, 0xc1, sizeof(clinux_record));  // add $80, %rcx
    PUT(&c, 0x49, 0x89, 0x0b);                         // mov %rcx, next(%r11)
    PUT(&c, 0x0f, 0x05);                               // CALL: syscall
    put_log_address(&c);
    PUT(&c, 0x49, 0x8b, 0x0b);        // mov next(%r11), %rcx
    PUT(&c, 0x48, 0x89, 0x41, 0xf0);  // mov %rax, -16(%rcx)
    put(&c, after, after_size);       // DONE
    PUT(&c, 0xe9);
    put_distance(&c, base, next);
    PUT(&c, 0x0f, 0x05);  // direct: syscall
    PUT(&c, 0xe9);
    put_distance(&c, base, base + DONE);
}

static uint8_t *bytes_of(const clinux_template *t, int32_t area, int32_t within) {
    return t->region + AREAS_OFFSET + (size_t)area * CLINUX_RECORDER_AREA +
           (size_t)within * PLACE_SIZE;
}

// FNV-1a, by words; sums of it tell whether a place has been changed, not how.
static uint64_t place_sum(const uint8_t *bytes) {
    uint64_t sum = 0xcbf29ce484222325UL;
    for (int i = 0; i < PLACE_SIZE; i += 8) {
        uint64_t word;
        memcpy(&word, bytes + i, sizeof word);
        sum = (sum ^ word) * 0x100000001b3UL;
    }
    return sum;
}

int clinux_recorder_is_intact(const clinux_template *t) {
    uint64_t sum = 0;
    for (int32_t area = 0; area < t->area_count; area++) {
        for (int32_t i = 0; i < t->place_counts[area]; i++) {
            sum += place_sum(bytes_of(t, area, i));
        }
    }
    return sum == t->code_sum;
}

// Where the call is that is not written down.
static uint64_t direct_offset(const clinux_template *t, int32_t place) {
    return DONE + t->after_sizes[place] + JUMP_SIZE;
}

static int is_near(uint64_t one, uint64_t other) {
    uint64_t distance = one > other ? one - other : other - one;
    return distance < 0x7fff0000UL;
}

static int is_as_expected(pid_t task, uint64_t start, const uint8_t *before,
                          int32_t before_size, const uint8_t *after, int32_t after_size) {
    uint8_t expected[MOST_BEFORE + 2 + MOST_AFTER], found[sizeof expected];
    memcpy(expected, before, (size_t)before_size);
    memcpy(expected + before_size, (const uint8_t[]){0x0f, 0x05}, 2);
    memcpy(expected + before_size + 2, after, (size_t)after_size);
    size_t size = (size_t)(before_size + 2 + after_size);
    struct iovec mine = {found, size}, theirs = {(void *)start, size};
    return process_vm_readv(task, &mine, 1, &theirs, 1, 0) == (ssize_t)size &&
           memcmp(expected, found, size) == 0;
}

// All of it or nothing; the bytes may lie in two words.
static int poke_bytes(pid_t task, uint64_t address, const uint8_t *bytes, size_t size) {
    uint8_t words[16];
    uint64_t first = address & ~7UL;
    int count = (int)((address + size - 1 - first) / 8) + 1;
    for (int i = 0; i < count; i++) {
        errno = 0;
        long word = ptrace(PTRACE_PEEKTEXT, task, (void *)(first + (uint64_t)i * 8), 0);
        if (errno) return -errno;
        memcpy(words + i * 8, &word, 8);
    }
    memcpy(words + (address - first), bytes, size);
    for (int i = 0; i < count; i++) {
        long word;
        memcpy(&word, words + i * 8, 8);
        if (ptrace(PTRACE_POKETEXT, task, (void *)(first + (uint64_t)i * 8), (void *)word) < 0) {
            return -errno;
        }
    }
    return 0;
}

static int lead(pid_t task, uint64_t start, uint64_t code) {
    uint8_t jump[JUMP_SIZE] = {0xe9};
    int32_t distance = (int32_t)(code - start - JUMP_SIZE);
    memcpy(jump + 1, &distance, sizeof distance);
    return poke_bytes(task, start, jump, sizeof jump);
}

int clinux_recorder_divert(clinux_template *t, pid_t task, int32_t place, uint64_t call,
                           uint64_t start, const uint8_t *before, int32_t before_size,
                           const uint8_t *after, int32_t after_size) {
    if (before_size < 0 || before_size > MOST_BEFORE || after_size < 0 ||
        after_size > MOST_AFTER || start + (uint64_t)before_size != call ||
        before_size + 2 + after_size < JUMP_SIZE) {
        return -EINVAL;
    }
    if (task <= 0 || !is_as_expected(task, start, before, before_size, after, after_size)) {
        return -EINVAL;
    }
    for (int32_t area = 0; area < t->area_count; area++) {
        if (!is_near(t->areas[area], call)) continue;
        int32_t within = place >= 0 ? place - area * PLACES : t->place_counts[area];
        if (within < 0 || within >= PLACES) {
            if (place >= 0) continue;
            return -ENOSPC;
        }
        uint64_t base = t->areas[area] + (uint64_t)within * PLACE_SIZE;
        if (place < 0) {
            place = area * PLACES + within;
            uint8_t *bytes = bytes_of(t, area, within);
            write_place(bytes, base, (uint32_t)place, call + 2 + (uint64_t)after_size, before,
                        (size_t)before_size, after, (size_t)after_size);
            t->after_sizes[place] = (uint8_t)after_size;
            t->code_sum += place_sum(bytes);
            t->place_counts[area]++;
        }
        int result = lead(task, start, base + RECORD - (uint64_t)before_size);
        return result < 0 ? result : place;
    }
    return -ERANGE;
}

// --- The log ---------------------------------------------------------------------------------

int clinux_recorder_begin(clinux_template *t, int32_t log, pid_t task,
                          const uint64_t stopping[CLINUX_RECORDER_WORDS]) {
    if (!is_log(log) || (task <= 0 && log != 0)) return -EINVAL;
    uint64_t owner = t->registers.fs_base;
    if (task > 0) {
        int result = clinux_thread_pointer(task, &owner);
        if (result == 0) result = clinux_write_word(task, LOG_CELL_ADDRESS, log_address(log));
        if (result < 0) return result;
    }
    log_head *head = head_of(t, log);
    head->next = record_address(log, 0);
    head->owner = tells_threads() ? owner : 0;
    memcpy(head->stopping, stopping, sizeof head->stopping);
    clinux_recorder_allow(t, log, MOST_RECORDS);
    return 0;
}

int clinux_recorder_keep_out(pid_t task) {
    return clinux_write_word(task, LOG_CELL_ADDRESS, log_address(CLINUX_RECORDER_LOGS));
}

void clinux_recorder_own(clinux_template *t, int32_t log, uint64_t pointer) {
    if (is_log(log) && tells_threads()) head_of(t, log)->owner = pointer;
}

void clinux_recorder_stop(clinux_template *t, int32_t log, uint32_t number) {
    if (!is_log(log) || number >= CLINUX_RECORDER_WORDS * 64) return;
    __atomic_fetch_or(&head_of(t, log)->stopping[number / 64], 1UL << (number % 64),
                      __ATOMIC_RELAXED);
}

void clinux_recorder_allow(clinux_template *t, int32_t log, uint64_t count) {
    if (!is_log(log)) return;
    int used = clinux_recorder_count(t, log);
    uint64_t room = used < 0 ? 0 : (uint64_t)(MOST_RECORDS - used);
    if (count > room) count = room;
    head_of(t, log)->limit = count == 0 ? 0 : record_address(log, used + (int64_t)count);
}

int clinux_recorder_count(const clinux_template *t, int32_t log) {
    if (!is_log(log)) return 0;
    uint64_t next = __atomic_load_n(&head_of(t, log)->next, __ATOMIC_ACQUIRE);
    uint64_t distance = next - record_address(log, 0);
    if (distance % sizeof(clinux_record) || distance / sizeof(clinux_record) > MOST_RECORDS) {
        return -EBADMSG;
    }
    return (int)(distance / sizeof(clinux_record));
}

clinux_record clinux_recorder_record(const clinux_template *t, int32_t log, int32_t index) {
    if (!is_log(log) || index < 0 || index >= MOST_RECORDS) {
        return (clinux_record){.place = UINT32_MAX};
    }
    return *record_of(t, log, index);
}

void clinux_recorder_forget(clinux_template *t, int32_t log, int32_t count) {
    int used = clinux_recorder_count(t, log);
    if (is_log(log) && count >= 0 && count <= used) {
        head_of(t, log)->next = record_address(log, used - count);
    }
}

// --- Stops in the code of a place ------------------------------------------------------------

static int place_at(const clinux_template *t, uint64_t address, uint64_t *offset) {
    for (int32_t area = 0; area < t->area_count; area++) {
        uint64_t distance = address - t->areas[area];
        if (distance >= (uint64_t)t->place_counts[area] * PLACE_SIZE) continue;
        *offset = distance % PLACE_SIZE;
        return area * PLACES + (int)(distance / PLACE_SIZE);
    }
    return -1;
}

int clinux_recorder_place(const clinux_template *t, uint64_t pointer, int32_t *written) {
    uint64_t offset = 0;
    int place = place_at(t, pointer - 2, &offset);
    *written = place >= 0 && offset == CALL;
    return place;
}

// See arch/x86/kernel/signal.c: the kernel goes back by the size of the instruction for these.
static int is_restarted(int64_t result) {
    return result == -512 || result == -513 || result == -514 || result == -516;
}

void clinux_recorder_interrupt(clinux_template *t, int32_t log, pid_t task) {
    uint64_t pointer = 0, offset = 0;
    if (clinux_get_instruction_pointer(task, &pointer) < 0) return;
    int place = place_at(t, pointer, &offset);
    if (place < 0 || offset < RECORD || offset >= DONE) return;
    uint64_t base = pointer - offset;
    if (offset <= CALL) {
        // Nothing has changed but the two registers, except for the record itself.
        if (offset == CALL) clinux_recorder_forget(t, log, 1);
        clinux_set_instruction_pointer(task, base + RECORD);
        return;
    }
    struct user_regs_struct registers;
    if (ptrace(PTRACE_GETREGS, task, 0, &registers) < 0) return;
    int used = clinux_recorder_count(t, log);
    if (is_log(log) && used > 0) record_of(t, log, used - 1)->result = (int64_t)registers.rax;
    int restarts = offset == CALL + 2 && (int64_t)registers.orig_rax >= 0 &&
                   is_restarted((int64_t)registers.rax);
    // A call that is made again has to be seen again.
    clinux_set_instruction_pointer(task,
                                   base + (restarts ? direct_offset(t, place) + 2 : DONE));
}
