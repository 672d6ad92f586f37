#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/syscall.h>

#include "template.h"

// Below the libraries and below the program where addresses are not random, see mmap_base and
// ELF_ET_DYN_BASE of the kernel, far enough from both that nothing is mapped in between.
static const uint64_t area_addresses[CLINUX_TEMPLATE_AREAS] = {0x7fffb0000000UL, 0x555535540000UL};

// A segment is found by its number alone, by any process of the namespace, also behind an execve
// that has left it no descriptor. It is gone with the last process that has it.
static int make_segment(size_t size, void *at, int is_code) {
    int segment = shmget(IPC_PRIVATE, size, IPC_CREAT | (is_code ? 0755 : 0666));
    if (segment < 0) return -errno;
    int result = shmat(segment, at, SHM_REMAP) == at ? segment : -errno;
    struct shmid_ds state;
    // All that execute it share it: none may write to it.
    if (is_code && shmctl(segment, IPC_STAT, &state) == 0) {
        state.shm_perm.mode = 0555;
        shmctl(segment, IPC_SET, &state);
    }
    shmctl(segment, IPC_RMID, NULL);
    return result;
}

clinux_template *clinux_recorder_make(void) {
    clinux_template *t = calloc(1, sizeof *t);
    if (!t) return NULL;
    t->socket = t->their_socket = t->memory = -1;
    void *region = mmap(NULL, MEMORY_SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (region == MAP_FAILED) {
        free(t);
        return NULL;
    }
    t->region = region;
    t->segments[0] = make_segment(LOG_COUNT * LOG_SIZE, t->region + LOG_OFFSET, 0);
    int is_made = t->segments[0] >= 0;
    for (int i = 0; i < CLINUX_TEMPLATE_AREAS && is_made; i++) {
        uint8_t *at = t->region + AREAS_OFFSET + (size_t)i * CLINUX_RECORDER_AREA;
        t->segments[1 + i] = make_segment(CLINUX_RECORDER_AREA, at, 1);
        t->areas[t->area_count++] = area_addresses[i];
        is_made = t->segments[1 + i] >= 0;
    }
    if (is_made) return t;
    clinux_template_free(t);
    return NULL;
}

static int attach(pid_t task, const struct user_regs_struct *base, int segment, uint64_t address,
                  int flags) {
    uint64_t call[7] = {SYS_shmat, (uint64_t)segment, address, (uint64_t)flags};
    int64_t result = clinux_template_call_once(task, base, call);
    if (result == (int64_t)address) return 0;
    return result < 0 ? (int)result : -EEXIST;
}

int clinux_recorder_adopt(clinux_template *t, pid_t task) {
    struct user_regs_struct base;
    if (ptrace(PTRACE_GETREGS, task, 0, &base) < 0) return -errno;
    base.orig_rax = (uint64_t)-1;
    int result = clinux_template_map_cell(task, &base);
    if (result == 0) result = attach(task, &base, t->segments[0], LOG_ADDRESS, 0);
    for (int i = 0; i < t->area_count && result == 0; i++) {
        result = attach(task, &base, t->segments[1 + i], t->areas[i], SHM_RDONLY | SHM_EXEC);
    }
    if (result < 0) return result;
    return clinux_recorder_keep_out(task);
}
