internal import Glibc

/// Finding the file behind a command's name.
package enum Executable {
    /// The path that a shell would execute for the name: itself when it has a slash, otherwise
    /// the first executable file along `PATH`.
    package static func find(_ name: String) throws(SystemError) -> String {
        guard !name.contains("/") else { return name }
        let path = Environment["PATH"] ?? "/usr/bin:/bin"
        for directory in path.split(separator: ":") {
            let candidate = directory + "/" + name
            if FileKind(of: candidate) == .regular,
                unsafe candidate.withKernelPath({ unsafe access($0, X_OK) }) == 0
            {
                return candidate
            }
        }
        let hint = FileKind(of: name) == .regular ? ", where ./\(name) is not looked for" : ""
        throw SystemError(
            code: ENOENT, operation: "find a program named \(name) along PATH\(hint)")
    }

    /// The same path in a form that holds in every working directory; links stay as they are,
    /// since some programs act by the name they are started with.
    package static func findAbsolute(_ name: String) throws(SystemError) -> String {
        let path = try find(name)
        guard !path.hasPrefix("/"), let folder = SmallFile.resolve(".") else { return path }
        let steps = path.split(separator: "/").filter { $0 != "." }
        return folder + "/" + steps.joined(separator: "/")
    }

    /// Numbers that change when this process's program is built or installed anew: the size of
    /// its file and when it was written.
    package static var identity: [UInt64]? {
        var status = stat()
        guard unsafe stat("/proc/self/exe", &status) == 0 else { return nil }
        return [Int(status.st_size), status.st_mtim.tv_sec, status.st_mtim.tv_nsec].map {
            UInt64(bitPattern: Int64($0))
        }
    }
}
