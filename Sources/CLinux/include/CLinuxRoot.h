// A root of its own for a sandbox, and looking through trees of files by type.
#ifndef CLINUX_ROOT_H
#define CLINUX_ROOT_H

#include <stdint.h>

#pragma clang assume_nonnull begin

/// Makes the mount at `root` the root of the calling process and of its mount namespace; what was the
/// root before is at `old` afterwards, a folder in it. See pivot_root(2).
int clinux_pivot_root(const char *root, const char *old);
/// Makes the mount at the path, and none below it, read-only.
int clinux_make_only_this_read_only(const char *path);

/// What clinux_find_entries looks for.
enum {
    /// Sockets, FIFOs and devices.
    CLINUX_FIND_SPECIAL = 1,
    /// What belongs to `owner` and is closed to others.
    CLINUX_FIND_PRIVATE = 2,
};

typedef struct {
    uint32_t kinds;
    uint32_t owner;
    /// How many folders below a first one are looked into.
    uint32_t depth;
    /// The most time that it takes.
    uint32_t milliseconds;
    /// Names that are looked for, NUL-terminated one after another, and a last empty one.
    const char *names;
    /// Paths that are not looked into, likewise.
    const char *left_out;
} clinux_search;

/// Looks through the folders of `paths` (as `names` is given) by levels, the ones nearest to them
/// first, without following links. Writes the paths of what it finds, NUL-terminated one after
/// another, and does not look into these. Returns how many bytes those take, or an error;
/// `is_complete` is 0 where time, memory or room did not suffice to see everything.
int64_t clinux_find_entries(const char *paths, const clinux_search *search, char *found,
                            int64_t capacity, int32_t *is_complete);

#pragma clang assume_nonnull end

#endif
