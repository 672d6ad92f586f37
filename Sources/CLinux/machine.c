#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "raw.h"

// --- Parts of the machine, for a sandbox -----------------------------------------------------

// A process that is in a new user namespace until its end of the pipe is closed.
static pid_t start_holder(int gate[2]) {
    pid_t holder = (pid_t)syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0);
    if (holder != 0) return holder < 0 ? -errno : holder;
    char byte;
    close(gate[1]);
    ssize_t ignored = read(gate[0], &byte, 1);
    (void)ignored;
    _exit(0);
}

int clinux_id_namespace(const char *map) {
    int gate[2];
    if (pipe2(gate, O_CLOEXEC) < 0) return -errno;
    pid_t holder = start_holder(gate);
    int result = holder;
    if (holder > 0) {
        result = clinux_write_process_file(holder, "uid_map", map);
        if (result == 0) result = clinux_write_process_file(holder, "gid_map", map);
        if (result == 0) {
            char path[64];
            snprintf(path, sizeof path, "/proc/%d/ns/user", holder);
            result = open(path, O_RDONLY | O_CLOEXEC);
            if (result < 0) result = -errno;
        }
        kill(holder, SIGKILL);
        while (waitpid(holder, NULL, 0) < 0 && errno == EINTR) {
        }
    }
    close(gate[0]);
    close(gate[1]);
    return result;
}

int clinux_clone_mount(const char *path, int32_t ids) {
    int tree = (int)syscall(SYS_open_tree, AT_FDCWD, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
    if (tree < 0) return -errno;
    struct mount_attr attributes = {
        .attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NODEV | (ids < 0 ? 0 : MOUNT_ATTR_IDMAP),
        .userns_fd = (uint64_t)(ids < 0 ? 0 : ids),
    };
    long result = syscall(SYS_mount_setattr, tree, "", AT_EMPTY_PATH, &attributes,
                          sizeof attributes);
    if (result < 0) {
        int error = errno;
        close(tree);
        return -error;
    }
    return tree;
}

int clinux_make_whiteout(const char *path) {
    return mknod(path, S_IFCHR, makedev(0, 0)) < 0 ? -errno : 0;
}
