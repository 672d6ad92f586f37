import Extraction
import Glibc

/// One input of libFuzzer: the bytes of a program that is alone in its system, so that nothing but
/// they decide what happens.
///
/// Any result and any error will do; what is looked for are traps, hangs and memory without
/// bounds. `Scripts/fuzz-extractor` builds and runs it.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzExtractor(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    guard let folder = unsafe getenv("FUZZ_ROOT").map({ unsafe String(cString: $0) }) else {
        preconditionFailure("Scripts/fuzz-extractor sets FUZZ_ROOT")
    }
    let path = folder + "/program"
    let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    precondition(descriptor >= 0, "cannot write \(path)")
    let written = unsafe write(descriptor, start, count)
    close(descriptor)
    precondition(written == count, "cannot write \(path)")
    _ = try? Extractor.extract("/program", options: ExtractionOptions(sysroot: folder))
    return 0
}
