internal import Glibc
import Platform
import TestCases

/// The right to write to a campaign: an exclusive lock on a file that holds the owner's process
/// id. The kernel lets go of it when the owner dies in whatever way, so a lock is never stale.
struct OwnerLock: ~Copyable {
    private let descriptor: Int32
    private let path: String

    /// Takes the lock, or throws with the owner's process id.
    static func acquire(_ path: String, of folder: String) throws(StoreError) -> OwnerLock {
        let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o644)
        guard descriptor >= 0 else { throw StoreError(SystemError.last("open \(path)")) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let error = SystemError.last("lock \(path)")
            let owner = processID(in: descriptor)
            Glibc.close(descriptor)
            guard error.code == EWOULDBLOCK else { throw StoreError(error) }
            throw refusal(folder, owner)
        }
        let text = Array("\(getpid())\n".utf8)
        guard ftruncate(descriptor, 0) == 0,
            unsafe pwrite(descriptor, text, text.count, 0) == text.count
        else {
            let error = SystemError.last("write \(path)")
            Glibc.close(descriptor)
            throw StoreError(error)
        }
        return OwnerLock(descriptor: descriptor, path: path)
    }

    static func refusal(_ folder: String, _ owner: Int32?) -> StoreError {
        let name = owner.map { "process \($0)" } ?? "another process"
        return StoreError(
            code: .owned(by: owner), operation: "write to \(folder)",
            reason: "\(name) is writing to it; stop that one first, or choose another folder")
    }

    /// The process id that the file holds, of a process that lives. Only a hint: after a crash
    /// the number may belong to another process by now.
    static func owner(_ path: String) -> Int32? {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { Glibc.close(descriptor) }
        guard let owner = processID(in: descriptor) else { return nil }
        return kill(owner, 0) == 0 || errno == EPERM ? owner : nil
    }

    private init(descriptor: Int32, path: String) {
        self.descriptor = descriptor
        self.path = path
    }

    /// Where the file is.
    enum Place {
        case asBefore
        /// The folder that it lies in now.
        case moved(to: String)
        case removed
    }

    /// The file is known by what it is, not by its name: another may have that by now.
    var place: Place {
        var (own, named) = (stat(), stat())
        guard unsafe fstat(descriptor, &own) == 0 else { return .removed }
        if unsafe stat(path, &named) == 0, named.st_dev == own.st_dev, named.st_ino == own.st_ino {
            return .asBefore
        }
        guard own.st_nlink > 0, let link = SmallFile.link("/proc/self/fd/\(descriptor)"),
            let slash = link.lastIndex(of: "/")
        else { return .removed }
        return .moved(to: String(link[..<slash]))
    }

    deinit {
        // Empty while the lock is still held: no reader sees an owner that is gone.
        _ = ftruncate(descriptor, 0)
        Glibc.close(descriptor)
    }

    private static func processID(in descriptor: Int32) -> Int32? {
        var bytes = Bytes(repeating: 0, count: 16)
        let count = unsafe pread(descriptor, &bytes, bytes.count, 0)
        guard count > 0 else { return nil }
        let digits = bytes[..<count].prefix { (0x30...0x39).contains($0) }
        guard let number = Int32(String(decoding: digits, as: UTF8.self)), number > 0 else {
            return nil
        }
        return number
    }
}
