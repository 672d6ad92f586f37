/// Something that live code has to do before other code counts, although that is referred to.
enum Condition: Hashable, Comparable {
    /// Refer to a text; functions that are looked up by a name are called under that name only.
    case text(String)
    case feature(DormantFeature)

    static func < (left: Condition, right: Condition) -> Bool {
        left.description < right.description
    }

    var description: String {
        switch self {
        case .text(let text): "look-up of \(text)"
        case .feature(let feature): feature.name
        }
    }
}

/// A service of the C library that a program has to ask for before the code behind it runs.
///
/// Every program that locks a mutex or starts another program refers to that code. Whether it
/// runs is decided by attributes that only the functions named here set.
struct DormantFeature: Hashable {
    let name: String
    /// Exported functions, any of which asks for the feature.
    let enabling: [String]

    /// `PTHREAD_PRIO_PROTECT`: the owner of such a mutex runs with the mutex's priority, see
    /// pthread_mutexattr_setprotocol(3).
    static let priorityCeiling = DormantFeature(
        name: "mutexes with a priority ceiling",
        enabling: [
            "pthread_mutexattr_setprotocol", "pthread_mutexattr_setprioceiling",
            "pthread_mutex_setprioceiling",
        ])
    /// See posix_spawnattr_setflags(3).
    static let spawnAttributes = DormantFeature(
        name: "attributes of spawned processes", enabling: ["posix_spawnattr_setflags"])
    /// See posix_spawn_file_actions_addchdir_np(3).
    static let spawnFolder = DormantFeature(
        name: "working directories of spawned processes",
        enabling: [
            "posix_spawn_file_actions_addchdir_np", "posix_spawn_file_actions_addfchdir_np",
        ])
    /// See posix_spawn_file_actions_addclosefrom_np(3).
    static let spawnClosing = DormantFeature(
        name: "closed descriptors of spawned processes",
        enabling: ["posix_spawn_file_actions_addclosefrom_np"])
    /// See posix_spawn_file_actions_addtcsetpgrp_np(3).
    static let spawnTerminal = DormantFeature(
        name: "terminals of spawned processes",
        enabling: ["posix_spawn_file_actions_addtcsetpgrp_np"])
    /// See pthread_attr_setaffinity_np(3) and pthread_attr_setschedparam(3).
    static let threadAttributes = DormantFeature(
        name: "processors and priorities of new threads",
        enabling: [
            "pthread_attr_setaffinity_np", "pthread_attr_setschedparam",
            "pthread_attr_setschedpolicy", "pthread_attr_setinheritsched",
            "pthread_setattr_default_np",
        ])
    /// The thread that runs `main` ends alone when another function unwinds its stack, see
    /// pthread_exit(3) and pthread_cancel(3).
    static let mainThreadEnd = DormantFeature(
        name: "an end of the main thread before the program's",
        enabling: ["pthread_exit", "pthread_cancel", "thrd_exit"])
}
