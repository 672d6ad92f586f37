internal import Glibc
internal import Platform
package import Traces

/// What a campaign's evidence holds for: this build, on this machine.
package struct TargetFacts: Hashable, Sendable {
    package let path: String
    /// SHA-256 of the file whose code runs, in hexadecimal digits.
    package let sha256: String
    /// The text that it runs, where there is one that is known.
    package let script: LearnedFile?
    package let kernel: String
    package let library: String
    package let architecture = "x86_64"

    /// Reads the target's file and asks the machine.
    package static func gather(_ target: TargetFile) throws(TargetError) -> TargetFacts {
        TargetFacts(
            path: target.image, sha256: try hash(of: target.image),
            script: try target.script.map { script throws(TargetError) in
                LearnedFile(path: script, sha256: try hash(of: script))
            }, kernel: kernelRelease(), library: libraryVersion())
    }

    private static func hash(of path: String) throws(TargetError) -> String {
        do throws(SystemError) {
            return try MappedFile.open(path).contentHash()
        } catch {
            throw TargetError("cannot read \(path): \(error.reason)")
        }
    }

    /// Such as `glibc 2.36`, see confstr(3).
    private static func libraryVersion() -> String {
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: 64) { buffer, count in
            let base = unsafe UnsafeMutableRawPointer(buffer.baseAddress)?
                .assumingMemoryBound(to: CChar.self)
            let length = unsafe confstr(Int32(_CS_GNU_LIBC_VERSION), base, 64)
            // The length counts the terminator.
            count = min(max(0, length - 1), 63)
        }
        return bytes.isEmpty ? "unknown" : String(decoding: bytes, as: UTF8.self)
    }

    private static func kernelRelease() -> String {
        (try? SmallFile.text("/proc/sys/kernel/osrelease"))?
            .trimmingSuffix(while: \.isNewline) ?? "unknown"
    }
}

extension String {
    fileprivate func trimmingSuffix(while predicate: (Character) -> Bool) -> String {
        var text = self
        while let last = text.last, predicate(last) { text.removeLast() }
        return text
    }
}
