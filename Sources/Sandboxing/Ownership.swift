internal import CLinux

/// Making files as the user that targets run as, for as long as the value lives; a worker that
/// makes none is spared the change.
struct Ownership: ~Copyable {
    private let user: TargetUser
    private var isAssumed = false

    init(of user: TargetUser) {
        self.user = user
    }

    /// From here on new files are the target's own.
    mutating func assume() {
        guard !isAssumed else { return }
        isAssumed = true
        clinux_set_file_identity(user.fileOwner, user.fileGroup)
    }

    deinit {
        if isAssumed { clinux_set_file_identity(0, 0) }
    }
}
