#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

typedef struct {
    int32_t directory;
    // -1 unless it is a regular file with content.
    int32_t file;
    uint32_t path;
    uint32_t content;
    struct statx status;
} snapshot_entry;

// Paths and contents stand one after another in `bytes`.
struct clinux_snapshot {
    snapshot_entry *entries;
    uint32_t count, capacity;
    char *bytes;
    uint32_t used, size;
    struct timespec begin;
};

enum {
    CONTENT_LIMIT = 1 << 20,
    // What is compared at once.
    CHUNK = 1 << 14,
    WANTED = STATX_BASIC_STATS,
};

clinux_snapshot *clinux_snapshot_create(void) { return calloc(1, sizeof(clinux_snapshot)); }

void clinux_snapshot_destroy(clinux_snapshot *snapshot) {
    clinux_snapshot_truncate(snapshot, 0);
    free(snapshot->entries);
    free(snapshot->bytes);
    free(snapshot);
}

void clinux_snapshot_truncate(clinux_snapshot *snapshot, uint32_t count) {
    while (snapshot->count > count) {
        const snapshot_entry *last = &snapshot->entries[--snapshot->count];
        if (last->file >= 0) close(last->file);
        snapshot->used = last->path;
    }
}

uint32_t clinux_snapshot_count(const clinux_snapshot *snapshot) { return snapshot->count; }

// Room for one more entry and so many bytes.
static int reserve(clinux_snapshot *snapshot, size_t bytes) {
    if (snapshot->count == snapshot->capacity) {
        uint32_t capacity = snapshot->capacity ? snapshot->capacity * 2 : 32;
        snapshot_entry *entries = realloc(snapshot->entries, capacity * sizeof *entries);
        if (!entries) return -ENOMEM;
        snapshot->entries = entries;
        snapshot->capacity = capacity;
    }
    if (bytes > CONTENT_LIMIT || snapshot->used + bytes > CONTENT_LIMIT) return -EFBIG;
    uint32_t size = snapshot->size ? snapshot->size : 4096;
    while (size < snapshot->used + bytes) size *= 2;
    if (size != snapshot->size) {
        char *moved = realloc(snapshot->bytes, size);
        if (!moved) return -ENOMEM;
        snapshot->bytes = moved;
        snapshot->size = size;
    }
    return 0;
}

// The bytes behind the path.
static int read_content(clinux_snapshot *snapshot, snapshot_entry *entry, const char *path) {
    entry->file = openat(entry->directory, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (entry->file < 0) return -errno;
    size_t size = entry->status.stx_size;
    ssize_t count = pread(entry->file, snapshot->bytes + snapshot->used, size, 0);
    if (count != (ssize_t)size) {
        int error = count < 0 ? -errno : -EIO;
        close(entry->file);
        return error;
    }
    entry->content = snapshot->used;
    snapshot->used += (uint32_t)size;
    return 0;
}

int clinux_snapshot_add(clinux_snapshot *snapshot, int32_t directory, const char *path) {
    snapshot_entry entry = {.directory = directory, .file = -1};
    if (statx(directory, path, AT_SYMLINK_NOFOLLOW, WANTED, &entry.status) < 0) return -errno;
    size_t length = strlen(path) + 1;
    uint64_t content = S_ISREG(entry.status.stx_mode) ? entry.status.stx_size : 0;
    if (content > CONTENT_LIMIT) return -EFBIG;
    int result = reserve(snapshot, length + (size_t)content);
    if (result < 0) return result;
    entry.path = snapshot->used;
    memcpy(snapshot->bytes + snapshot->used, path, length);
    snapshot->used += (uint32_t)length;
    if (content > 0) {
        result = read_content(snapshot, &entry, path);
        if (result < 0) return result;
    }
    snapshot->entries[snapshot->count++] = entry;
    return 0;
}

void clinux_snapshot_begin(clinux_snapshot *snapshot) {
    // The clock that the kernel takes coarse times of change from.
    clock_gettime(CLOCK_REALTIME_COARSE, &snapshot->begin);
}

static int same_time(const struct statx_timestamp *left, const struct statx_timestamp *right) {
    return left->tv_sec == right->tv_sec && left->tv_nsec == right->tv_nsec;
}

// The number of a directory's links counts its folders, the time of access is among what a
// program may set.
static int same_status(const struct statx *left, const struct statx *right) {
    return left->stx_ino == right->stx_ino && left->stx_mode == right->stx_mode &&
           left->stx_nlink == right->stx_nlink && left->stx_size == right->stx_size &&
           left->stx_uid == right->stx_uid && left->stx_gid == right->stx_gid &&
           left->stx_attributes == right->stx_attributes &&
           left->stx_dev_major == right->stx_dev_major &&
           left->stx_dev_minor == right->stx_dev_minor &&
           same_time(&left->stx_ctime, &right->stx_ctime) &&
           same_time(&left->stx_mtime, &right->stx_mtime) &&
           same_time(&left->stx_atime, &right->stx_atime);
}

static int same_content(const snapshot_entry *entry, const char *expected) {
    char chunk[CHUNK];
    size_t size = entry->status.stx_size;
    for (size_t done = 0; done < size;) {
        size_t wanted = size - done < sizeof chunk ? size - done : sizeof chunk;
        if (pread(entry->file, chunk, wanted, (off_t)done) != (ssize_t)wanted) return 0;
        if (memcmp(chunk, expected + done, wanted) != 0) return 0;
        done += wanted;
    }
    return 1;
}

static int read_status(const clinux_snapshot *snapshot, const snapshot_entry *entry,
                       struct statx *status) {
    const char *path = snapshot->bytes + entry->path;
    return statx(entry->directory, path, AT_SYMLINK_NOFOLLOW, WANTED, status) < 0 ? -errno : 0;
}

int clinux_snapshot_refresh(clinux_snapshot *snapshot) {
    for (uint32_t i = 0; i < snapshot->count; i++) {
        int result = read_status(snapshot, &snapshot->entries[i], &snapshot->entries[i].status);
        if (result < 0) return result;
    }
    return 0;
}

static int is_before(const struct statx_timestamp *time, const struct timespec *other) {
    return time->tv_sec != other->tv_sec ? time->tv_sec < other->tv_sec
                                         : (long)time->tv_nsec < other->tv_nsec;
}

int clinux_snapshot_holds(const clinux_snapshot *snapshot, uint32_t first, uint32_t count,
                          int32_t has_fine_times) {
    if (first > snapshot->count || count > snapshot->count - first) return 0;
    for (uint32_t i = first; i < first + count; i++) {
        const snapshot_entry *entry = &snapshot->entries[i];
        struct statx status;
        if (!has_fine_times && !is_before(&entry->status.stx_ctime, &snapshot->begin)) return 0;
        if (read_status(snapshot, entry, &status) < 0) return 0;
        if (!same_status(&entry->status, &status)) return 0;
        if (entry->file >= 0 && !same_content(entry, snapshot->bytes + entry->content)) return 0;
    }
    return 1;
}

int clinux_snapshot_empty_again(const clinux_snapshot *snapshot, uint32_t index) {
    if (index >= snapshot->count) return 0;
    const snapshot_entry *entry = &snapshot->entries[index];
    const struct statx *left = &entry->status;
    struct statx right;
    if (left->stx_size != 0 || !S_ISREG(left->stx_mode)) return 0;
    if (read_status(snapshot, entry, &right) < 0) return 0;
    if (left->stx_ino != right.stx_ino || left->stx_mode != right.stx_mode ||
        left->stx_nlink != right.stx_nlink || left->stx_uid != right.stx_uid ||
        left->stx_gid != right.stx_gid || left->stx_attributes != right.stx_attributes ||
        left->stx_dev_major != right.stx_dev_major ||
        left->stx_dev_minor != right.stx_dev_minor) {
        return 0;
    }
    int flags = O_WRONLY | O_TRUNC | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
    int file = openat(entry->directory, snapshot->bytes + entry->path, flags);
    if (file < 0) return 0;
    ssize_t names = flistxattr(file, NULL, 0);
    int is_bare = names == 0 || (names < 0 && errno == ENOTSUP);
    close(file);
    return is_bare;
}

int clinux_has_fine_times(int32_t directory) {
    // Each round takes a microsecond, a coarse clock's tick a thousand and more.
    enum { ROUNDS = 64 };
    static const char name[] = "times";
    int file = openat(directory, name, O_RDONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0) return 0;
    int differ = 1;
    struct statx before, after;
    for (int round = 0; differ && round < ROUNDS; round++) {
        differ = statx(file, "", AT_EMPTY_PATH, WANTED, &before) == 0 &&
                 fchmod(file, round & 1 ? 0600 : 0400) == 0 &&
                 statx(file, "", AT_EMPTY_PATH, WANTED, &after) == 0 &&
                 !same_time(&before.stx_ctime, &after.stx_ctime);
    }
    unlinkat(directory, name, 0);
    close(file);
    return differ;
}

int64_t clinux_free_inodes(int32_t directory) {
    struct statfs status;
    if (fstatfs(directory, &status) < 0) return -errno;
    return (int64_t)status.f_ffree;
}
