internal import Foundation

/// The built command line program, which lies beside the test bundle.
package enum FathomBinary {
    package static func path() throws -> String {
        let bundle = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
        let binary = bundle.deletingLastPathComponent().appending(path: "fathom").path
        guard FileManager.default.isExecutableFile(atPath: binary) else {
            throw TestSupportError("there is no fathom at \(binary); run swift build")
        }
        return binary
    }

    /// Runs `fathom` with the words given.
    ///
    /// - Parameter cacheFolder: `XDG_CACHE_HOME`; nil for one that cannot be made, so that no
    ///   cache is used.
    package static func run(_ words: [String], cacheFolder: String? = nil) throws -> Subprocess {
        var environment = ProcessInfo.processInfo.environment
        environment["XDG_CACHE_HOME"] = cacheFolder ?? "/dev/null"
        return try Subprocess.run([try path()] + words, environment: environment)
    }
}
