// Namespaces, mounts and the file tree of a sandbox.
#ifndef CLINUX_SANDBOX_H
#define CLINUX_SANDBOX_H

#include <stdint.h>
#include <sys/types.h>

#pragma clang assume_nonnull begin

/// O_PATH of open(2), which glibc declares only under _GNU_SOURCE.
enum { CLINUX_OPEN_PATH = 010000000 };

/// Where starting a worker failed.
enum {
    CLINUX_WORKER_CLONE = 1,
    CLINUX_WORKER_MAP = 2,
    CLINUX_WORKER_IDENTITY = 3,
    CLINUX_WORKER_EXPOSE = 4,
    CLINUX_WORKER_EXECUTE = 5,
};

/// Starts this program's own file again as PID 1 of new user, mount, PID, network, IPC and UTS
/// namespaces, with `socket` as its descriptor 3 and standard error kept; every other descriptor
/// is closed. `arguments` is as in clinux_launch.
///
/// `outer_base` 0 maps inner user and group 1000 to the caller's own; otherwise the 65,537 ids
/// from it are mapped to 0 and up, which needs CAP_SETUID, and the worker starts as inner 0: one
/// more than a user namespace for a target needs, see clinux_launch.
/// The worker has every capability in its own user namespace and dies with its parent.
///
/// `exposed` are paths, NUL-terminated one after another: the mount tree at each is copied while
/// the caller's identity can still reach it, as descriptors 4, 5 and so on.
///
/// `mounts` are descriptors of clinux_clone_mount, CLINUX_MOUNT_LIMIT at most, which stay open: the
/// worker has them as the descriptors behind those.
int clinux_spawn_worker(const char *arguments, int32_t argument_count, int32_t socket,
                        uint32_t outer_base, const char *exposed, int32_t exposed_count,
                        const int32_t *_Nullable mounts, int32_t mount_count,
                        int32_t *stage);

enum { CLINUX_MOUNT_LIMIT = 64 };

/// A user namespace that nobody is in, with the map of its users and groups as user_namespaces(7)
/// has it, for clinux_clone_mount; only for root. A descriptor.
int clinux_id_namespace(const char *map);
/// A detached, read-only copy of what is mounted at the path, without what is mounted below it and
/// without devices. Where `ids` is a namespace, what belongs to an id that it maps belongs to the
/// outer one there (mount_setattr(2), MOUNT_ATTR_IDMAP), else to nobody; -1 to leave ids as they
/// are. A descriptor.
int clinux_clone_mount(const char *path, int32_t ids);
/// Says in a layer of an overlay that what the layers below have at the path is not there.
int clinux_make_whiteout(const char *path);

/// mount(2); empty strings mean NULL.
int clinux_mount(const char *source, const char *target, const char *type, uint64_t flags,
                 const char *data);
int clinux_unmount(const char *target, int32_t flags);
/// Makes the mount at the path and all below it read-only, without set-user-id, recursively,
/// with mount_setattr(2) (Linux 5.12).
int clinux_make_read_only(const char *path);
/// Mounts the node or directory at `source` over `target`.
int clinux_bind(const char *source, const char *target);

/// Attaches a detached mount tree, see clinux_spawn_worker.
int clinux_attach_mount(int32_t mount, const char *target);

/// Whom files that the calling thread makes belong to. Only for an inner 0, others stay. Only for
/// a worker, which ends with its parent before and after.
void clinux_set_file_identity(uint32_t user, uint32_t group);
/// Kills every other process of the PID namespace and reaps what is this process's child; only
/// for PID 1. Returns how many were reaped.
int clinux_kill_everything(void);

/// Keeps other processes of the same user from writing this one's files in `/proc`.
int clinux_forbid_inspection(void);
/// Kills every other process of the PID namespace and returns at once; only for PID 1.
int clinux_kill_others(void);
/// Removes every queue, semaphore set and segment of System V from the IPC namespace.
void clinux_remove_ipc(void);

/// Brings the loopback interface up, and has whatever arrives there acknowledged at once: a second
/// small message would wait 40 ms for the acknowledgement of the first, in which both ends sleep.
int clinux_enable_loopback(void);
int clinux_set_host_name(const char *name);
/// Removes everything below the open directory but the places where something is mounted. Returns
/// how many entries were looked at, or an error at the first that resists. `limit` bounds the work.
int clinux_empty_directory(int32_t directory, uint32_t limit);
/// Writes the names of the open directory's entries, each ended by a NUL, as far as they find room:
/// how many bytes that took, or an error, E2BIG where there is not enough.
int64_t clinux_directory_names(int32_t directory, char *names, int64_t capacity);
/// Where the first byte of an open file is that lies in no hole, see lseek(2) SEEK_DATA; -ENXIO
/// where there is none.
int64_t clinux_first_data(int32_t file);
/// Makes a node, directory, link or socket relative to an open directory.
int clinux_make_fifo(int32_t directory, const char *path, uint32_t mode);
int clinux_make_socket(int32_t directory, const char *path, uint32_t mode);
/// Opens the parent of a path relative to a directory without following links out of it, see
/// openat2(2) RESOLVE_BENEATH.
int clinux_open_beneath(int32_t directory, const char *path, int32_t flags, uint32_t mode);
/// unlinkat(2).
int clinux_remove(int32_t directory, const char *path, int32_t is_directory);
/// What fstat(2) says is the size of an open directory.
int64_t clinux_directory_size(int32_t directory);
/// Sets access and modification time of an open file to a fixed moment.
int clinux_set_own_times(int32_t file, int64_t seconds);
/// Sets access and modification time of a path to a fixed moment.
int clinux_set_times(int32_t directory, const char *path, int64_t seconds);

#pragma clang assume_nonnull end

#endif
