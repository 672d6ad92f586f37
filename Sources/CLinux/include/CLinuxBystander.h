// Processes of the sandbox that nobody traces. Only the first process of a PID namespace looks at
// them, which is sure to see all of them there, and nobody else's.
#ifndef CLINUX_BYSTANDER_H
#define CLINUX_BYSTANDER_H

#include <stdint.h>

#pragma clang assume_nonnull begin

typedef struct {
    /// Tasks that live.
    int32_t tasks;
    /// Of these, those that do not sleep.
    int32_t awake;
    /// How often all of them have been given a processor or given it up: where two looks find the
    /// same, none of them ran between.
    uint64_t switches;
} clinux_bystanders;

/// Looks at all processes but the caller and `count` known ones.
int clinux_look_at_bystanders(const int32_t *_Nullable known, int32_t count,
                              clinux_bystanders *seen);
/// Kills and reaps them, and what they make meanwhile.
int clinux_end_bystanders(const int32_t *_Nullable known, int32_t count);

#pragma clang assume_nonnull end

#endif
