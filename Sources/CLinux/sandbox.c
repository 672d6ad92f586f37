#include "CLinux.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "raw.h"

// mount(2) of glibc and the constants of linux/mount.h cannot be included together.
int mount(const char *, const char *, const char *, unsigned long, const void *);
int umount2(const char *, int);

_Static_assert(CLINUX_OPEN_PATH == O_PATH, "the header repeats the value");

static int result_of(long result) { return result < 0 ? -errno : (int)result; }

// --- Starting a worker -----------------------------------------------------------------------

typedef struct {
    char **arguments;
    int32_t socket;
    int32_t wide;
    const char *exposed;
    int32_t exposed_count;
    const int32_t *mounts;
    int32_t mount_count;
    int go[2];
    int report[2];
} worker_state;

typedef struct {
    int32_t stage;
    int32_t error;
} worker_report;

// Capabilities of a user other than 0 end at execve unless they are ambient.
static int keep_capabilities(void) {
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct data[2];
    if (syscall(SYS_capget, &header, data) < 0) return -errno;
    data[0].inheritable = data[0].permitted;
    data[1].inheritable = data[1].permitted;
    if (syscall(SYS_capset, &header, data) < 0) return -errno;
    for (int capability = 0; capability <= CAP_LAST_CAP; capability++) {
        if (data[capability / 32].permitted & (1U << (capability % 32))) {
            prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0);
        }
    }
    return 0;
}

static void fail_worker(worker_state *state, int32_t stage, int32_t error) {
    worker_report report = {stage, error};
    ssize_t ignored = write(state->report[1], &report, sizeof report);
    (void)ignored;
    _exit(127);
}

// Above the numbers that the worker is given.
enum { EXPOSED_FIRST = 4, OUT_OF_THE_WAY = 4 + 2 * CLINUX_MOUNT_LIMIT };

static int expose_mounts(const worker_state *state) {
    const char *path = state->exposed;
    for (int32_t i = 0; i < state->exposed_count; i++) {
        int tree = (int)syscall(SYS_open_tree, AT_FDCWD, path,
                                OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
        if (tree < 0 || dup2(tree, EXPOSED_FIRST + i) < 0) return -errno;
        path += strlen(path) + 1;
    }
    return 0;
}

// Takes the detached mounts where nothing overwrites them, and gives them their numbers at last.
static int place_mounts(const worker_state *state) {
    int moved[CLINUX_MOUNT_LIMIT];
    for (int32_t i = 0; i < state->mount_count; i++) {
        moved[i] = fcntl(state->mounts[i], F_DUPFD_CLOEXEC, OUT_OF_THE_WAY);
        if (moved[i] < 0) return -errno;
    }
    int exposed = expose_mounts(state);
    if (exposed < 0) return exposed;
    for (int32_t i = 0; i < state->mount_count; i++) {
        if (dup2(moved[i], EXPOSED_FIRST + state->exposed_count + i) < 0) return -errno;
    }
    return 0;
}

static void run_worker(worker_state *state, char **environment) {
    char byte;
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    close(state->go[1]);
    if (read(state->go[0], &byte, 1) != 1) _exit(127);
    // Everything that is still needed goes where the given numbers cannot overwrite it.
    state->socket = fcntl(state->socket, F_DUPFD_CLOEXEC, OUT_OF_THE_WAY);
    state->report[1] = fcntl(state->report[1], F_DUPFD_CLOEXEC, OUT_OF_THE_WAY);
    if (state->socket < 0 || state->report[1] < 0) _exit(127);
    int placed = place_mounts(state);
    if (placed < 0) fail_worker(state, CLINUX_WORKER_EXPOSE, placed);
    if (state->wide) {
        // Those of the C library would wait for the threads that the caller had (nptl(7)): a child
        // of clone has none of them.
        if (syscall(SYS_setgroups, 0, NULL) < 0 || syscall(SYS_setresgid, 0, 0, 0) < 0 ||
            syscall(SYS_setresuid, 0, 0, 0) < 0) {
            fail_worker(state, CLINUX_WORKER_IDENTITY, -errno);
        }
        // A change of identity clears the request.
        prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    }
    int kept = keep_capabilities();
    if (kept < 0) fail_worker(state, CLINUX_WORKER_IDENTITY, kept);
    if (dup2(state->socket, 3) < 0) _exit(127);
    int given = EXPOSED_FIRST + state->exposed_count + state->mount_count;
    close_range((unsigned)given, ~0U, CLOSE_RANGE_CLOEXEC);
    execve("/proc/self/exe", state->arguments, environment);
    fail_worker(state, CLINUX_WORKER_EXECUTE, -errno);
}

int clinux_write_process_file(pid_t process, const char *name, const char *text) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/%s", process, name);
    int file = open(path, O_WRONLY | O_CLOEXEC);
    if (file < 0) return -errno;
    ssize_t written = write(file, text, strlen(text));
    int result = written < 0 ? -errno : 0;
    close(file);
    return result;
}

static int write_maps(pid_t process, uint32_t base) {
    char users[64], groups[64];
    if (base) {
        unsigned count = CLINUX_INNER_FIRST + CLINUX_INNER_COUNT;
        snprintf(users, sizeof users, "0 %u %u\n", base, count);
        snprintf(groups, sizeof groups, "0 %u %u\n", base, count);
    } else {
        snprintf(users, sizeof users, "1000 %u 1\n", (unsigned)geteuid());
        snprintf(groups, sizeof groups, "1000 %u 1\n", (unsigned)getegid());
        int denied = clinux_write_process_file(process, "setgroups", "deny");
        if (denied < 0) return denied;
    }
    int result = clinux_write_process_file(process, "uid_map", users);
    return result < 0 ? result : clinux_write_process_file(process, "gid_map", groups);
}

int clinux_spawn_worker(const char *arguments, int32_t argument_count, int32_t socket,
                        uint32_t outer_base, const char *exposed, int32_t exposed_count,
                        const int32_t *mounts, int32_t mount_count, int32_t *stage) {
    extern char **environ;
    worker_state state = {
        .socket = socket,
        .wide = outer_base != 0,
        .exposed = exposed,
        .exposed_count = exposed_count,
        .mounts = mounts,
        .mount_count = mount_count,
    };
    if (mount_count > CLINUX_MOUNT_LIMIT || exposed_count > CLINUX_MOUNT_LIMIT / 2) return -E2BIG;
    state.arguments = calloc((size_t)argument_count + 1, sizeof(char *));
    if (!state.arguments) return -ENOMEM;
    for (int32_t i = 0; i < argument_count; i++) {
        state.arguments[i] = (char *)arguments;
        arguments += strlen(arguments) + 1;
    }
    *stage = CLINUX_WORKER_CLONE;
    int result = -EMFILE;
    if (pipe2(state.go, O_CLOEXEC) == 0) {
        if (pipe2(state.report, O_CLOEXEC) == 0) {
            unsigned long flags = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET |
                                  CLONE_NEWIPC | CLONE_NEWUTS | SIGCHLD;
            pid_t child = (pid_t)syscall(SYS_clone, flags, 0, 0, 0, 0);
            if (child == 0) run_worker(&state, environ);
            result = child < 0 ? -errno : child;
            close(state.report[1]);
            if (child > 0) {
                *stage = CLINUX_WORKER_MAP;
                int mapped = write_maps(child, outer_base);
                if (mapped == 0 && write(state.go[1], "", 1) != 1) mapped = -EPIPE;
                close(state.go[1]);
                state.go[1] = -1;
                worker_report report = {0, 0};
                if (mapped < 0) {
                    result = mapped;
                } else if (read(state.report[0], &report, sizeof report) == sizeof report) {
                    *stage = report.stage;
                    result = report.error;
                }
                if (result < 0) {
                    kill(child, SIGKILL);
                    waitpid(child, NULL, 0);
                }
            }
            close(state.report[0]);
        }
        close(state.go[0]);
        if (state.go[1] >= 0) close(state.go[1]);
    }
    free(state.arguments);
    return result;
}

// --- Mounts ----------------------------------------------------------------------------------

static const char *optional(const char *text) { return *text ? text : NULL; }

int clinux_mount(const char *source, const char *target, const char *type, uint64_t flags,
                 const char *data) {
    return result_of(mount(optional(source), target, optional(type), flags, optional(data)));
}

int clinux_unmount(const char *target, int32_t flags) { return result_of(umount2(target, flags)); }

int clinux_make_read_only(const char *path) {
    struct mount_attr attributes = {.attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID};
    return result_of(syscall(SYS_mount_setattr, AT_FDCWD, path, AT_RECURSIVE, &attributes,
                             sizeof attributes));
}

enum { BIND = 4096, RECURSIVE = 16384 };

int clinux_bind(const char *source, const char *target) {
    return result_of(mount(source, target, NULL, BIND | RECURSIVE, NULL));
}

int clinux_attach_mount(int32_t tree, const char *target) {
    return result_of(
        syscall(SYS_move_mount, tree, "", AT_FDCWD, target, MOVE_MOUNT_F_EMPTY_PATH));
}

void clinux_set_file_identity(uint32_t user, uint32_t group) {
    setfsgid(group);
    setfsuid(user);
    // A change of identity clears the request (prctl(2)), and then a worker would outlive its
    // coordinator until its next look at the channel.
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
}

int clinux_forbid_inspection(void) { return result_of(prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)); }

int clinux_kill_others(void) {
    if (getpid() != 1) return -EPERM;
    return kill(-1, SIGKILL) < 0 && errno != ESRCH ? -errno : 0;
}

int clinux_kill_everything(void) {
    if (getpid() != 1) return -EPERM;
    int reaped = 0;
    for (;;) {
        kill(-1, SIGKILL);
        pid_t child = waitpid(-1, NULL, __WALL);
        if (child > 0) {
            reaped++;
        } else if (errno == ECHILD) {
            return reaped;
        } else if (errno != EINTR) {
            return -errno;
        }
    }
}

int clinux_set_host_name(const char *name) { return result_of(sethostname(name, strlen(name))); }

// --- Inter-process communication -------------------------------------------------------------

// Not declared by the C library, see semctl(2).
union semaphore_argument {
    struct semid_ds *set;
    struct seminfo *information;
};

static void remove_queues(void) {
    struct msginfo information;
    struct msqid_ds queue;
    int last = msgctl(0, MSG_INFO, (struct msqid_ds *)&information);
    for (int index = 0; index <= last && information.msgpool > 0; index++) {
        int identifier = msgctl(index, MSG_STAT, &queue);
        if (identifier >= 0) msgctl(identifier, IPC_RMID, NULL);
    }
}

static void remove_semaphores(void) {
    struct seminfo information;
    struct semid_ds set;
    int last = semctl(0, 0, SEM_INFO, (union semaphore_argument){.information = &information});
    for (int index = 0; index <= last && information.semusz > 0; index++) {
        int identifier = semctl(index, 0, SEM_STAT, (union semaphore_argument){.set = &set});
        if (identifier >= 0) semctl(identifier, 0, IPC_RMID);
    }
}

static void remove_segments(void) {
    struct shm_info information;
    struct shmid_ds segment;
    int last = shmctl(0, SHM_INFO, (struct shmid_ds *)&information);
    for (int index = 0; index <= last && information.used_ids > 0; index++) {
        int identifier = shmctl(index, SHM_STAT, &segment);
        if (identifier >= 0) shmctl(identifier, IPC_RMID, NULL);
    }
}

void clinux_remove_ipc(void) {
    remove_queues();
    remove_semaphores();
    remove_segments();
}

// --- File tree -------------------------------------------------------------------------------

// The deepest tree that is walked; deeper ones are left to the caller, who has a mount to drop.
enum { DEPTH_LIMIT = 200 };

static int empty_level(int directory, uint32_t *left, int depth);

// Removes one entry; returns how many entries had to stay, or an error.
static int remove_entry(int directory, const struct dirent64 *entry, uint32_t *left, int depth) {
    const char *name = entry->d_name;
    if (entry->d_type != DT_DIR) {
        if (unlinkat(directory, name, 0) == 0) return 0;
        if (errno == EBUSY) return 1;
    }
    int result = 0;
    int inner = openat(directory, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (inner >= 0) {
        result = empty_level(inner, left, depth + 1);
        close(inner);
    }
    if (result == 0 && unlinkat(directory, name, AT_REMOVEDIR) < 0) {
        result = errno == EBUSY ? 1 : -errno;
    }
    return result;
}

// Returns how many entries had to stay because something is mounted there, or an error. Reads the
// directory from where its descriptor stands.
static int empty_level(int directory, uint32_t *left, int depth) {
    if (depth > DEPTH_LIMIT) return -ELOOP;
    _Alignas(struct dirent64) char entries[2048];
    int kept = 0;
    for (;;) {
        ssize_t size = getdents64(directory, entries, sizeof entries);
        if (size <= 0) return size < 0 ? -errno : kept;
        for (ssize_t offset = 0; offset < size;) {
            const struct dirent64 *entry = (const struct dirent64 *)(entries + offset);
            offset += entry->d_reclen;
            if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")) continue;
            if (*left == 0) return -E2BIG;
            (*left)--;
            int result = remove_entry(directory, entry, left, depth);
            if (result < 0) return result;
            kept += result;
        }
    }
}

int clinux_empty_directory(int32_t directory, uint32_t limit) {
    uint32_t left = limit;
    if (lseek(directory, 0, SEEK_SET) < 0) return -errno;
    int result = empty_level(directory, &left, 0);
    return result < 0 ? result : (int)(limit - left);
}

int64_t clinux_directory_names(int32_t directory, char *names, int64_t capacity) {
    if (lseek(directory, 0, SEEK_SET) < 0) return -errno;
    _Alignas(struct dirent64) char entries[2048];
    int64_t length = 0;
    for (;;) {
        ssize_t size = getdents64(directory, entries, sizeof entries);
        if (size <= 0) return size < 0 ? -errno : length;
        for (ssize_t offset = 0; offset < size;) {
            const struct dirent64 *entry = (const struct dirent64 *)(entries + offset);
            offset += entry->d_reclen;
            if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")) continue;
            int64_t needed = (int64_t)strlen(entry->d_name) + 1;
            if (needed > capacity - length) return -E2BIG;
            memcpy(names + length, entry->d_name, (size_t)needed);
            length += needed;
        }
    }
}

int64_t clinux_first_data(int32_t file) {
    off_t offset = lseek(file, 0, SEEK_DATA);
    return offset < 0 ? -errno : (int64_t)offset;
}

int clinux_make_fifo(int32_t directory, const char *path, uint32_t mode) {
    return result_of(mknodat(directory, path, S_IFIFO | mode, 0));
}

int clinux_make_socket(int32_t directory, const char *path, uint32_t mode) {
    return result_of(mknodat(directory, path, S_IFSOCK | mode, 0));
}

int clinux_open_beneath(int32_t directory, const char *path, int32_t flags, uint32_t mode) {
    struct open_how how = {
        .flags = (uint64_t)flags | O_CLOEXEC,
        .mode = flags & O_CREAT ? mode : 0,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS,
    };
    return result_of(syscall(SYS_openat2, directory, path, &how, sizeof how));
}

int clinux_remove(int32_t directory, const char *path, int32_t is_directory) {
    return result_of(unlinkat(directory, path, is_directory ? AT_REMOVEDIR : 0));
}

int64_t clinux_directory_size(int32_t directory) {
    struct stat status;
    return fstat(directory, &status) < 0 ? -errno : (int64_t)status.st_size;
}

int clinux_set_own_times(int32_t file, int64_t seconds) {
    struct timespec times[2] = {{seconds, 0}, {seconds, 0}};
    return result_of(futimens(file, times));
}

int clinux_set_times(int32_t directory, const char *path, int64_t seconds) {
    struct timespec times[2] = {{seconds, 0}, {seconds, 0}};
    return result_of(utimensat(directory, path, times, AT_SYMLINK_NOFOLLOW));
}
