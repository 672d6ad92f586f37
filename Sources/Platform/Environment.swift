internal import Glibc
package import TestCases

/// What this process was started with.
package enum Environment {
    package static func variables() -> [TestCase.Variable] {
        var variables: [TestCase.Variable] = []
        var next = unsafe environ
        while let entry = unsafe next.pointee {
            let bytes = unsafe String(kernelWord: entry).wordBytes
            let name = bytes.prefix { $0 != 61 }
            variables.append(
                .init(name: Bytes(name), value: Bytes(bytes.dropFirst(name.count + 1))))
            unsafe next += 1
        }
        return variables
    }

    package static subscript(name: String) -> String? {
        unsafe getenv(name).map { unsafe String(kernelWord: $0) }
    }

    /// The command line of this process behind its name.
    package static var words: [String] {
        (1..<max(1, Int(CommandLine.argc))).compactMap { index in
            unsafe CommandLine.unsafeArgv[index].map { unsafe String(kernelWord: $0) }
        }
    }
}
