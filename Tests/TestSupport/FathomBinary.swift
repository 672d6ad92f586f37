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
    package static func run(_ words: [String]) throws -> Subprocess {
        try Subprocess.run([try path()] + words)
    }
}
