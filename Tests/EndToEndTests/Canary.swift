import Foundation
import Glibc
import TestCases
import TestSupport

/// Things of the host that a target must not touch, and whether it did.
final class Canary {
    private let unixSockets: [Listener]
    private let tcpSocket: Listener
    private let files: [String: String]
    private let made: [String]

    /// Puts files into the folder and the home folder, and listens in the folder, in the build
    /// folder, which no sandbox masks, and on the loopback.
    init(in folder: String, watching others: [String]) throws {
        let home = NSHomeDirectory() + "/.fathom-test-\(UUID().uuidString)"
        // Three levels up, as the path of a socket must be short.
        let build = URL(filePath: try FathomBinary.path()).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().path
        var made: [String] = []
        for path in [folder + "/canary", home] {
            try Data("untouched\n".utf8).write(to: URL(filePath: path))
            made.append(path)
        }
        var sockets: [Listener] = []
        for path in [folder + "/socket", "\(build)/\(UUID().uuidString.prefix(8)).socket"] {
            sockets.append(try Listener(unix: path))
            made.append(path)
        }
        unixSockets = sockets
        tcpSocket = try Listener(tcp: ())
        files = Dictionary(
            uniqueKeysWithValues: ([folder + "/canary", home, "/etc/passwd"] + others).map {
                ($0, Self.fingerprint($0))
            })
        self.made = made
    }

    deinit {
        for path in made { try? FileManager.default.removeItem(atPath: path) }
    }

    /// What an attacker should try, as its arguments.
    var attackedFiles: [String] { files.keys.filter { $0 != "/etc/passwd" }.sorted() }
    var attackedSockets: [String] { unixSockets.map(\.name) + [tcpSocket.name] }

    /// A sentence for everything that was touched.
    func damage() -> [String] {
        files.filter { Self.fingerprint($0.key) != $0.value }.map { "\($0.key) has changed" }
            + (unixSockets + [tcpSocket]).filter(\.wasContacted).map { "\($0.name) was reached" }
    }

    /// Content, mode and time of change.
    private static func fingerprint(_ path: String) -> String {
        var status = stat()
        guard unsafe lstat(path, &status) == 0 else { return "missing" }
        let content = SHA256.digest(
            of: FileManager.default.contents(atPath: path).map { [UInt8]($0) } ?? [])
        return "\(content.hexadecimal) \(status.st_mode) "
            + "\(status.st_mtim.tv_sec).\(status.st_mtim.tv_nsec)"
    }
}

/// A socket that listens and never answers.
private final class Listener: Sendable {
    private let descriptor: Int32
    /// Its path, or its address and port.
    let name: String

    init(unix path: String) throws {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = path.utf8CString
        let fits = unsafe withUnsafeMutableBytes(of: &address.sun_path) { place in
            guard bytes.count <= place.count else { return false }
            unsafe bytes.withUnsafeBytes { unsafe place.copyMemory(from: $0) }
            return true
        }
        guard fits else { throw TestSupportError("the path of a socket is too long: \(path)") }
        name = path
        descriptor = try Self.listen(AF_UNIX, &address)
        unsafe chmod(path, 0o777)
    }

    init(tcp: Void) throws {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        descriptor = try Self.listen(AF_INET, &address)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = descriptor
        _ = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe getsockname(descriptor, $0, &length)
            }
        }
        name = "127.0.0.1:\(UInt16(bigEndian: address.sin_port))"
    }

    deinit { close(descriptor) }

    /// Whether somebody has connected since the last look.
    var wasContacted: Bool {
        let connection = accept(descriptor, nil, nil)
        guard connection >= 0 else { return false }
        close(connection)
        return true
    }

    private static func listen<Address>(_ family: Int32, _ address: inout Address) throws -> Int32 {
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let descriptor = socket(family, kind | Int32(SOCK_CLOEXEC.rawValue), 0)
        let bound = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe bind(descriptor, $0, socklen_t(MemoryLayout<Address>.size))
            }
        }
        guard bound == 0, Glibc.listen(descriptor, 8) == 0 else {
            throw TestSupportError("cannot listen: error \(errno)")
        }
        return descriptor
    }
}
