import Extraction
import Foundation
import Glibc
import Syscalls
import TestSupport

/// Extracts from damaged copies of files: `corrupted-files FIRST END SEED FILE…`.
///
/// Writes the number of each case before it begins, then how it ended, its milliseconds and the
/// process's peak memory in kilobytes, so that whoever started it knows which one killed it.
@main struct CorruptedFiles {
    static func main() throws {
        let words = Array(CommandLine.arguments.dropFirst())
        guard words.count >= 4, let first = Int(words[0]), let end = Int(words[1]),
            let seed = UInt64(words[2]), first <= end
        else {
            print("usage: corrupted-files FIRST END SEED FILE…")
            exit(2)
        }
        let corruptors = try words[3...].map { path in
            FileCorruptor([UInt8](try Data(contentsOf: URL(filePath: path))))
        }
        // Libraries are found nowhere in a system that holds nothing but the file.
        let root = try TemporaryFolder()
        let path = root.path + "/program"
        for index in first..<end {
            // A hang ends the process.
            alarm(10)
            say("\(index)")
            let source = corruptors[index % corruptors.count]
            let bytes = source.corrupted(seed: seed &* 0x1_0000_0000 &+ UInt64(index))
            try Data(bytes).write(to: URL(filePath: path))
            let start = ContinuousClock.now
            let outcome: String
            do throws(ExtractionError) {
                let set = try Extractor.extract(
                    "/program", options: ExtractionOptions(sysroot: root.path))
                outcome = set.entries.isEmpty ? "empty" : "set"
            } catch {
                outcome = "\(error.code)".prefix { $0 != "(" } + ""
            }
            let duration = (ContinuousClock.now - start) / .milliseconds(1)
            var usage = rusage()
            unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
            say(" \(outcome) \(Int(duration)) \(usage.ru_maxrss)\n")
        }
    }

    private static func say(_ text: String) {
        let bytes = Array(text.utf8)
        _ = unsafe bytes.withUnsafeBytes { unsafe write(1, $0.baseAddress, $0.count) }
    }
}
