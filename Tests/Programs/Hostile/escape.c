// Tries every usual way out of a sandbox: remounting, unmounting and mounting, new namespaces and
// those of PID 1, pivot_root, chroot, the host's devices. Prints the name of each that worked.
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>

#include "sandboxed.h"

static void report(const char *name, int succeeded) {
    if (!succeeded) return;
    puts(name);
    fflush(stdout);
}

static void try_mounts(void) {
    report("remount-root", mount(NULL, "/", NULL, MS_REMOUNT | MS_BIND, NULL) == 0);
    report("share-root", mount(NULL, "/", NULL, MS_SHARED | MS_REC, NULL) == 0);
    report("unmount-proc", umount2("/proc", MNT_DETACH) == 0);
    report("unmount-dev", umount2("/dev", MNT_DETACH) == 0);
    report("unmount-root", umount2("/", MNT_DETACH) == 0);
    report("mount-tmpfs", mount("none", "/mnt", "tmpfs", 0, NULL) == 0);
    report("mount-proc", mount("proc", "/mnt", "proc", 0, NULL) == 0);
    report("mount-sysfs", mount("sysfs", "/mnt", "sysfs", 0, NULL) == 0);
    report("bind", mount("/", "/mnt", NULL, MS_BIND | MS_REC, NULL) == 0);
    report("pivot-root", syscall(SYS_pivot_root, "/", "/") == 0);
}

static void try_namespaces(void) {
    static const char *const links[] = {"mnt", "pid", "net", "ipc", "user"};
    for (int i = 0; i < 5; i++) {
        char path[64];
        snprintf(path, sizeof path, "/proc/1/ns/%s", links[i]);
        int file = open(path, O_RDONLY);
        report(path, file >= 0 && setns(file, 0) == 0);
    }
    int root = open("/proc/1/root", O_RDONLY | O_DIRECTORY);
    report("enter-root-of-1", root >= 0 && fchdir(root) == 0 && chroot(".") == 0);
    report("chroot", chroot("/") == 0);
}

static void try_devices(void) {
    static const int numbers[][2] = {{1, 1}, {8, 0}, {253, 0}, {254, 0}, {259, 0}};
    for (int i = 0; i < 5; i++) {
        const char *path = "/tmp/device";
        int made = mknod(path, (i == 0 ? S_IFCHR : S_IFBLK) | 0600,
                         makedev(numbers[i][0], numbers[i][1]));
        int file = made == 0 ? open(path, O_RDWR) : -1;
        report("device", file >= 0);
        if (made == 0) unlink(path);
    }
    report("open-mem", open("/dev/mem", O_RDWR) >= 0);
    report("sysrq", open("/proc/sysrq-trigger", O_WRONLY) >= 0);
    report("core-pattern", open("/proc/sys/kernel/core_pattern", O_WRONLY) >= 0);
}

int main(int argc, char **argv) {
    require_sandbox(argc, argv);
    try_mounts();
    try_namespaces();
    try_devices();
    // A user namespace of its own gives capabilities back, over what belongs to it.
    pid_t child = fork();
    if (child == 0) {
        int entered = unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0;
        report("unshare", entered);
        if (entered) try_mounts();
        _exit(0);
    }
    waitpid(child, NULL, 0);
    return 0;
}
