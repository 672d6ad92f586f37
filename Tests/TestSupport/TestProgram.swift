internal import Foundation
internal import Glibc

/// The C programs of `Tests/Programs`, built with clang when a test first asks for them.
///
/// They are no package targets because the package manager links its own runtime into those,
/// which makes system calls of its own. Builds are kept in the temporary folder under a hash of
/// the sources and options, so parallel and later test runs share them.
package enum TestProgram {
    package enum Linking: String, CaseIterable, Sendable {
        case dynamic, library
        case fixed = "static"
        case fixedPositionIndependent = "static-pie"

        fileprivate var options: [String] {
            switch self {
            case .dynamic: []
            case .library: ["-shared", "-fPIC"]
            case .fixed: ["-static"]
            case .fixedPositionIndependent: ["-static-pie", "-fPIE", "-fuse-ld=lld"]
            }
        }
    }

    /// The test programs that are built and never run outside of a sandbox.
    package static let hostileNames = [
        "connect-everywhere", "deep-tree", "delete-everything", "escape", "fill-disk",
        "fill-output", "fork-bomb", "hangs", "kill-everything", "leak-ipc", "leave-keys",
        "limit-others", "memory-bomb", "outlives", "reach-out", "stops-itself", "touch-files",
        "trace-parent", "untraced", "write-everywhere",
    ].map { "Hostile/" + $0 }

    /// Those that gain where their user is root, and one that is made for it.
    package static let hostileToUsersNames = [
        "attack-as-root", "connect-everywhere", "delete-everything", "escape", "kill-everything",
        "leave-keys", "limit-others", "reach-out", "trace-parent", "write-everywhere",
    ].map { "Hostile/" + $0 }

    /// The first arguments of every hostile program: the namespaces that it refuses to run in,
    /// which are this process's own.
    package static func forbiddenNamespaces() throws -> [String] {
        try ["pid", "mnt"].map {
            try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/ns/\($0)")
        }
    }

    /// Path of the executable or library built from `Tests/Programs/NAME.c`.
    ///
    /// - Parameter libraries: built libraries to link with, whether they are used or not.
    package static func build(
        _ name: String, _ linking: Linking = .dynamic, with libraries: [String] = []
    ) throws -> String {
        let source = directory + name + ".c"
        var options = ["-O1", "-g0", "-Wall", "-Wextra", "-Werror", "-pthread"] + linking.options
        if !libraries.isEmpty { options += ["-Wl,--no-as-needed"] + libraries }
        let folder = try cacheFolder()
        let result = "\(folder)/\(try hash(of: source, options))-\(linking.rawValue)"
        guard unsafe access(result, X_OK) != 0 else { return result }
        // Renamed when it is whole, since another test process may be building the same.
        let unfinished = "\(result).\(getpid()).\(UInt64.random(in: 0...UInt64.max))"
        let clang = try Subprocess.run(["clang", source, "-o", unfinished] + options)
        guard clang.status == 0 else {
            throw TestSupportError("clang cannot build \(source): \(clang.errors)")
        }
        guard unsafe rename(unfinished, result) == 0 else {
            throw TestSupportError("cannot rename \(unfinished): error \(errno)")
        }
        return result
    }

    /// The text of `Tests/Programs/NAME.c`.
    package static func source(of name: String) throws -> String {
        let data = try Data(contentsOf: URL(filePath: directory + name + ".c"))
        return String(decoding: data, as: UTF8.self)
    }

    private static let directory =
        URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Programs").path + "/"

    private static func cacheFolder() throws -> String {
        let folder = TemporaryFolder.root + "/fathom-programs-\(getuid())"
        if unsafe mkdir(folder, 0o700) != 0, errno != EEXIST {
            throw TestSupportError("cannot create \(folder): error \(errno)")
        }
        return folder
    }

    /// FNV-1a over the options, the source and the headers beside it.
    private static func hash(of source: String, _ options: [String]) throws -> String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        func add(_ bytes: some Sequence<UInt8>) {
            for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        }
        add(options.joined(separator: " ").utf8)
        add(try Data(contentsOf: URL(filePath: source)))
        let folder = URL(filePath: source).deletingLastPathComponent()
        let files = try FileManager.default.contentsOfDirectory(
            at: folder, includingPropertiesForKeys: nil)
        for header in files.sorted(by: { $0.path < $1.path }) where header.pathExtension == "h" {
            add(try Data(contentsOf: header))
        }
        return String(hash, radix: 16)
    }
}

/// A test cannot be prepared.
package struct TestSupportError: Error, CustomStringConvertible {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}
