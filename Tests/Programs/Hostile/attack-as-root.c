// As root of its own user namespace, and as other users that it may become, tries to reach the
// worker, the sandbox and what is the host's. Prints whom it runs as, then the name of each attempt
// that worked, and of what an execution before it has left.
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/keyctl.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include "sandboxed.h"

static void report(const char *name, int succeeded) {
    if (!succeeded) return;
    printf("%u: %s\n", geteuid(), name);
    fflush(stdout);
}

// CHOWN, DAC_OVERRIDE, FOWNER, FSETID, KILL, SETGID, SETUID, SETPCAP, NET_BIND_SERVICE,
// SYS_CHROOT, AUDIT_WRITE, SETFCAP.
static const uint64_t ALLOWED = 1ULL << 0 | 1 << 1 | 1 << 3 | 1 << 4 | 1 << 5 | 1 << 6 | 1 << 7 |
                                1 << 8 | 1 << 10 | 1 << 18 | 1 << 29 | 1ULL << 31;

static void look_at_capabilities(void) {
    char line[256];
    FILE *status = fopen("/proc/self/status", "r");
    while (status && fgets(line, sizeof line, status)) {
        unsigned long long bits;
        char name[16];
        if (sscanf(line, "Cap%15[A-Za-z]: %llx", name, &bits) != 2) continue;
        int is_kept = !strcmp(name, "Prm") || !strcmp(name, "Eff") || !strcmp(name, "Bnd");
        report(name, bits != (is_kept ? ALLOWED : 0));
    }
    if (status) fclose(status);
}

static void attack_worker(void) {
    static const int signals[] = {0, SIGHUP, SIGINT, SIGTERM, SIGUSR1, SIGSTOP, SIGKILL};
    for (unsigned i = 0; i < sizeof signals / sizeof *signals; i++) {
        report("signal", kill(1, signals[i]) == 0);
    }
    struct rlimit none = {0, 0};
    report("limit", prlimit(1, RLIMIT_NOFILE, &none, NULL) == 0);
    report("read-limit", prlimit(1, RLIMIT_NOFILE, NULL, &none) == 0);
    report("priority", setpriority(PRIO_PROCESS, 1, 19) == 0);
    cpu_set_t first;
    CPU_ZERO(&first);
    CPU_SET(0, &first);
    report("affinity", sched_setaffinity(1, sizeof first, &first) == 0);
    struct sched_param idle = {0};
    report("scheduler", sched_setscheduler(1, SCHED_IDLE, &idle) == 0);
    report("io-priority", syscall(SYS_ioprio_set, 1, 1, 3 << 13) == 0);
    report("attach", ptrace(PTRACE_SEIZE, 1, NULL, NULL) == 0);
    char byte = 0;
    struct iovec local = {&byte, 1}, remote = {(void *)0x400000, 1};
    report("read-memory", process_vm_readv(1, &local, 1, &remote, 1, 0) == 1);
    report("compare", syscall(SYS_kcmp, 1, getpid(), 2, 0, 0) >= 0);
    report("move-pages", syscall(SYS_migrate_pages, 1, 0UL, NULL, NULL) == 0);
    int process = (int)syscall(SYS_pidfd_open, 1, 0);
    report("signal-handle", process >= 0 && syscall(SYS_pidfd_send_signal, process, 0, 0, 0) == 0);
    report("take-descriptor", process >= 0 && syscall(SYS_pidfd_getfd, process, 3, 0) >= 0);
    static const char *const written[] = {"mem", "oom_score_adj", "oom_adj", "coredump_filter",
                                          "comm", "clear_refs", "uid_map", "gid_map", "setgroups",
                                          "timerslack_ns", "autogroup", "loginuid", "sched",
                                          "attr/current", "make-it-fail"};
    for (unsigned i = 0; i < sizeof written / sizeof *written; i++) {
        char path[64];
        snprintf(path, sizeof path, "/proc/1/%s", written[i]);
        // Some may be opened by everybody.
        int file = open(path, O_WRONLY);
        report(written[i], file >= 0 && write(file, "1", 1) == 1);
    }
    static const char *const read[] = {"environ", "maps", "auxv", "syscall", "stack", "mem"};
    for (unsigned i = 0; i < sizeof read / sizeof *read; i++) {
        char path[64], content;
        snprintf(path, sizeof path, "/proc/1/%s", read[i]);
        int file = open(path, O_RDONLY);
        report(read[i], file >= 0 && pread(file, &content, 1, 0x400000) == 1);
        report(read[i], file >= 0 && pread(file, &content, 1, 0) == 1);
    }
    report("descriptors", opendir("/proc/1/fd") != NULL);
    report("working-directory", open("/proc/1/cwd", O_RDONLY) >= 0);
    report("root", open("/proc/1/root", O_RDONLY) >= 0);
    static const char *const links[] = {"mnt", "pid", "net", "ipc", "uts", "user", "cgroup"};
    for (unsigned i = 0; i < sizeof links / sizeof *links; i++) {
        char path[64];
        snprintf(path, sizeof path, "/proc/1/ns/%s", links[i]);
        int file = open(path, O_RDONLY);
        report(path, file >= 0 && setns(file, 0) == 0);
    }
}

static void attack_sandbox(void) {
    report("mount", mount("none", "/mnt", "tmpfs", 0, NULL) == 0);
    report("bind", mount("/", "/mnt", NULL, MS_BIND | MS_REC, NULL) == 0);
    report("remount", mount(NULL, "/", NULL, MS_REMOUNT | MS_BIND, NULL) == 0);
    report("unmount", umount2("/tmp", MNT_DETACH) == 0);
    report("unmount-proc", umount2("/proc/sys", MNT_DETACH) == 0);
    report("pivot", syscall(SYS_pivot_root, "/", "/") == 0);
    report("unshare", unshare(CLONE_NEWNS) == 0);
    report("host-name", sethostname("other", 5) == 0);
    report("change-writable-place", chmod("/tmp", 0) == 0 || chown("/tmp", 0, 0) == 0);
    report("remove-writable-place", rmdir("/run") == 0 || rename("/run", "/runs") == 0);
    report("raw-socket", socket(AF_INET, SOCK_RAW, 1) >= 0);
    report("packet-socket", socket(AF_PACKET, SOCK_RAW, 0) >= 0);
    struct ifreq request = {.ifr_name = "lo"};
    int handle = socket(AF_INET, SOCK_DGRAM, 0);
    report("loopback", ioctl(handle, SIOCSIFFLAGS, &request) == 0);
    static const char *const settings[] = {"/proc/sys/kernel/hostname",
                                           "/proc/sys/kernel/ns_last_pid",
                                           "/proc/sys/kernel/core_pattern",
                                           "/proc/sys/net/ipv4/ip_forward",
                                           "/proc/sysrq-trigger",
                                           "/proc/acpi/wakeup",
                                           "/proc/irq/0/smp_affinity",
                                           "/sys/fs/cgroup/cgroup.procs",
                                           "/sys/power/state",
                                           "/sys/kernel/uevent_helper"};
    for (unsigned i = 0; i < sizeof settings / sizeof *settings; i++) {
        report(settings[i], open(settings[i], O_WRONLY) >= 0);
    }
    for (unsigned kind = 0; kind < 2; kind++) {
        report("device", mknod("/tmp/device", (kind ? S_IFBLK : S_IFCHR) | 0600,
                               makedev(kind ? 254 : 1, kind ? 0 : 3)) == 0);
    }
}

static void attack_host(void) {
    static const char *const secrets[] = {"/etc/shadow", "/etc/gshadow", "/proc/kcore",
                                          "/dev/mem", "/proc/kmsg",
                                          "/etc/ssh/ssh_host_rsa_key"};
    for (unsigned i = 0; i < sizeof secrets / sizeof *secrets; i++) {
        report(secrets[i], open(secrets[i], O_RDONLY) >= 0);
    }
    static const char *const owned[] = {"/", "/etc", "/etc/passwd", "/usr/bin/env", "/dev/null",
                                        "/dev", "/proc/1", "/sys"};
    for (unsigned i = 0; i < sizeof owned / sizeof *owned; i++) {
        report(owned[i], chown(owned[i], 0, 0) == 0);
        report(owned[i], chmod(owned[i], 0777) == 0);
        report(owned[i], utimensat(AT_FDCWD, owned[i], NULL, 0) == 0);
        report(owned[i], access(owned[i], W_OK) == 0 && strcmp(owned[i], "/dev/null") != 0);
    }
}

// What is left here must not be there for the next execution.
static void leave_traces(void) {
    report("found-key", syscall(SYS_keyctl, KEYCTL_SEARCH, KEY_SPEC_USER_KEYRING, "user",
                                "fathom-left", 0) > 0);
    syscall(SYS_add_key, "user", "fathom-left", "left", 4, KEY_SPEC_USER_KEYRING);
    static const char *const folders[] = {"/tmp/left", "/var/tmp/left", "/run/left",
                                          "/dev/shm/left"};
    for (unsigned i = 0; i < sizeof folders / sizeof *folders; i++) {
        char path[64];
        snprintf(path, sizeof path, "%s-%u", folders[i], geteuid());
        report("found-folder", access(path, F_OK) == 0);
        mkdir(path, 0700);
        strcat(path, "/inner");
        mkdir(path, 0000);
        path[strlen(path) - strlen("/inner")] = 0;
        chmod(path, 0000);
    }
}

static void attack(void) {
    attack_worker();
    attack_sandbox();
    attack_host();
    leave_traces();
}

int main(int argc, char **argv) {
    require_sandbox(argc, argv);
    printf("user %u\n", geteuid());
    fflush(stdout);
    look_at_capabilities();
    attack();
    static const uid_t users[] = {1, 33, 999, 1000, 65534, 65535};
    for (unsigned i = 0; i < sizeof users / sizeof *users; i++) {
        pid_t child = fork();
        if (child == 0) {
            int changed = setgroups(0, NULL) == 0 && setresgid(users[i], users[i], users[i]) == 0 &&
                          setresuid(users[i], users[i], users[i]) == 0;
            if (!changed) puts("cannot change");
            fflush(stdout);
            attack();
            _exit(0);
        }
        waitpid(child, NULL, 0);
    }
    return 0;
}
