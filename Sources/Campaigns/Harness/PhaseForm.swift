internal import Phasing
internal import Syscalls
internal import Traces

/// A phase of a harness: its name and one call that begins it. Several of one name are several
/// calls of which any does.
struct PhaseForm: Decodable {
    private var name: String
    private var call: String
    private var role: String?
    private var occurrence: UInt32?
    private var arguments: [TestForm]?

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case name, call, role, occurrence, arguments
    }

    /// A comparison of an argument register: `{ index: 2, differs: 1 }`.
    private struct TestForm: Decodable {
        var test: ArgumentTest

        enum CodingKeys: String, CodingKey, CaseIterable {
            case index, mask, equals, differs
        }

        init(from decoder: any Decoder) throws {
            try FieldNames.check(decoder, allowed: CodingKeys.allCases.map(\.rawValue))
            let container = try decoder.container(keyedBy: CodingKeys.self)
            let index = try container.decode(Int.self, forKey: .index)
            let mask = try container.decodeIfPresent(UInt64.self, forKey: .mask) ?? 0xffff_ffff
            let equals = try container.decodeIfPresent(UInt64.self, forKey: .equals)
            let differs = try container.decodeIfPresent(UInt64.self, forKey: .differs)
            guard (0..<6).contains(index), (equals == nil) != (differs == nil) else {
                throw DecodingError.dataCorruptedError(
                    forKey: .index, in: container,
                    debugDescription:
                        "an argument has an index from 0 to 5, and either equals or differs")
            }
            test = ArgumentTest(
                index, mask: mask, equals == nil ? .different : .equal, equals ?? differs ?? 0)
        }
    }

    init(from decoder: any Decoder) throws {
        try FieldNames.check(decoder, allowed: CodingKeys.allCases.map(\.rawValue))
        let container = try decoder.container(keyedBy: CodingKeys.self)
        name = try container.decode(String.self, forKey: .name)
        call = try container.decode(String.self, forKey: .call)
        role = try container.decodeIfPresent(String.self, forKey: .role)
        occurrence = try container.decodeIfPresent(UInt32.self, forKey: .occurrence)
        arguments = try container.decodeIfPresent([TestForm].self, forKey: .arguments)
    }

    /// The model of a harness: `init` from the entry point on, then its phases in their order.
    static func model(of forms: [PhaseForm], named name: String) throws(HarnessProblem)
        -> PhaseModel
    {
        var rules: [PhaseModel.Rule] = []
        for form in forms {
            let trigger = try form.trigger()
            let phase = Phase(name: form.name)
            guard phase != .load, phase != .initialization, !form.name.isEmpty else {
                throw HarnessProblem(
                    "the phases load and init begin by themselves; name others", field: form.name)
            }
            if let index = rules.firstIndex(where: { $0.phase == phase }) {
                guard index == rules.count - 1 else {
                    throw HarnessProblem(
                        "phase \(form.name) stands behind a later one, and no process goes back",
                        field: form.name)
                }
                rules[index] = PhaseModel.Rule(
                    phase: phase, summary: rules[index].summary,
                    triggers: rules[index].triggers + [trigger])
            } else {
                rules.append(
                    PhaseModel.Rule(
                        phase: phase, summary: "the harness says so", triggers: [trigger]))
            }
        }
        return PhaseModel(name: "harness \(name)", entry: .initialization, rules: rules)
    }

    private func trigger() throws(HarnessProblem) -> Trigger {
        guard let number = SyscallNumber(name: call), number.isNamed else {
            throw HarnessProblem("no system call is named \(call)", field: call)
        }
        var caller: Role?
        if let role {
            guard let known = Role(name: role), known.isTarget else {
                throw HarnessProblem(
                    "no role is named \(role): root, worker or thread", field: role)
            }
            caller = known
        }
        guard occurrence ?? 1 > 0 else {
            throw HarnessProblem("occurrences are counted from 1", field: "occurrence")
        }
        return Trigger(
            number, occurrence: occurrence ?? 1, tests: (arguments ?? []).map(\.test), role: caller)
    }
}

/// What is wrong with a part of a harness, and a word of the line that it is in.
struct HarnessProblem: Error {
    let problem: String
    let field: String

    init(_ problem: String, field: String) {
        self.problem = problem
        self.field = field
    }
}
