internal import Foundation
internal import Glibc

/// A folder of a test's own, removed with everything in it when the value goes.
package struct TemporaryFolder: ~Copyable {
    package let path: String

    /// Where temporary folders are, without links or a slash at the end.
    static let root = URL(filePath: NSTemporaryDirectory()).resolvingSymlinksInPath().path

    package init() throws {
        var template = Array((Self.root + "/fathom-test-XXXXXX").utf8CString)
        guard let made = unsafe mkdtemp(&template) else {
            throw TestSupportError("cannot create a temporary folder: error \(errno)")
        }
        path = unsafe String(cString: made)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// Writes a file below the folder and returns its path.
    ///
    /// One that can be executed is a copy that another process has made: a program that a test
    /// starts meanwhile would have this one's descriptor for writing until its own `execve`, and
    /// the kernel executes no file that somebody may write to.
    package func write(_ text: String, to name: String, mode: UInt16 = 0o644) throws -> String {
        let file = path + "/" + name
        guard mode & 0o111 == 0 else {
            let original = try write(text, to: name + ".text")
            let copy = try Subprocess.run(["cp", original, file])
            guard copy.status == 0, unsafe chmod(file, mode_t(mode)) == 0 else {
                throw TestSupportError("cannot make the program \(file): \(copy.errors)")
            }
            return file
        }
        try Data(text.utf8).write(to: URL(filePath: file))
        guard unsafe chmod(file, mode_t(mode)) == 0 else {
            throw TestSupportError("cannot change the mode of \(file): error \(errno)")
        }
        return file
    }
}
