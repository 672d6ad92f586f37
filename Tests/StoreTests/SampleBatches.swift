import Store
import Syscalls
import TestCases
import Traces

func bytes(_ text: String) -> Bytes { Bytes(text.utf8) }

/// A test case that is told from others by its number.
func testCase(_ number: Int, inputBytes: Int = 0) -> TestCase {
    var testCase = TestCase()
    testCase.arguments = [bytes("case-\(number)")]
    var state = UInt64(number)
    testCase.standardInput.bytes = (0..<inputBytes).map { _ in
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return UInt8(truncatingIfNeeded: state >> 56)
    }
    return testCase
}

func find(_ testCase: TestCase, execution: UInt64 = 1, isConfirmed: Bool = true) -> Batch.Find {
    Batch.Find(
        testCase, parent: nil, foundAtExecution: execution, foundAtSeconds: Double(execution) / 4,
        keptFor: [bytes("read"), bytes("write")], isConfirmed: isConfirmed)
}

func observation(
    witness: TestCase, executions: UInt64 = 1, sites: [UInt64] = [16], isStable: Bool = true,
    firstExecution: UInt64 = 9
) -> Observation {
    Observation(
        syscall: .clone3, role: .exec(image: "/bin/sh"), phase: Phase(name: "serve"),
        tier: .natural, sites: sites.map { CallSite(module: "/lib/libc.so.6", offset: $0) },
        executions: executions, witness: witness.id, firstExecution: firstExecution,
        firstSeconds: Double(firstExecution), isStable: isStable)
}

func feature(_ testCase: TestCase, tier: Tier = .natural, hits: UInt64 = 1) -> FoundFeature {
    FoundFeature(
        key: [0, 1, 255], tier: tier, kind: "syscall", summary: "clone3", testCase: testCase.id,
        hits: hits, isStable: false)
}

/// The batch of that number, from which it can be told afterwards that it is there as a whole.
func numberedBatch(_ number: Int, inputBytes: Int = 3_000) -> Batch {
    let testCase = testCase(number, inputBytes: inputBytes)
    var batch = Batch()
    batch.finds = [find(testCase, execution: UInt64(number))]
    batch.features = [feature(testCase)]
    batch.observations = [observation(witness: testCase, sites: [UInt64(number)])]
    batch.counters = ["batches": Int64(number)]
    batch.documents = ["generator": bytes("\(number)")]
    return batch
}
