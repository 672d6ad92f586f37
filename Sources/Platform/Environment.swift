internal import Glibc
package import TestCases

/// The environment of this process.
package enum Environment {
    package static func variables() -> [TestCase.Variable] {
        var variables: [TestCase.Variable] = []
        var next = unsafe environ
        while let entry = unsafe next.pointee {
            let bytes = unsafe Array(String(cString: entry).utf8)
            let name = bytes.prefix { $0 != 61 }
            variables.append(
                .init(name: Bytes(name), value: Bytes(bytes.dropFirst(name.count + 1))))
            unsafe next += 1
        }
        return variables
    }

    package static subscript(name: String) -> String? {
        unsafe getenv(name).map { unsafe String(cString: $0) }
    }
}
