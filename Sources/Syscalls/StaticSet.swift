/// What an extractor says a program can call, with the evidence for each call.
///
/// A value that reconciliation and reports read; how it is computed is the extractor's matter.
package struct StaticSet: Hashable, Sendable, Codable {
    /// Where the count of calls begins and ends; sets of different conventions do not compare.
    package enum Convention: String, Sendable, Codable {
        /// From `execve` on: the dynamic loader's calls count.
        case wholeProcess = "whole-process"
        /// From the first instruction of `main` on.
        case afterMain = "after-main"
    }

    /// One call of the set.
    package struct Entry: Hashable, Sendable, Codable {
        package let number: SyscallNumber
        /// Every instruction that can make the call, sorted.
        package let sites: [CallSite]
        /// A shortest way from a root to one of the sites, root first.
        package let chain: [Step]
        /// Named reasons that every path to the call passes through; empty for an ordinary call.
        package let gates: [String]
        /// The fewest calls that lead from a function that is known to have run to one of the
        /// sites; nil when no such way is known, or the extractor was not told what ran.
        package let distance: Int?
        /// The last function known to have run on the way to the call, and what keeps it from the
        /// next step; nil where the call was seen, or no such way is known.
        package let approach: Approach?
        /// A shortest way for each part of the program's life that has one; nil unless it was
        /// asked for.
        package let ways: [Way]?

        package init(
            number: SyscallNumber, sites: [CallSite], chain: [Step], gates: [String] = [],
            distance: Int? = nil, approach: Approach? = nil, ways: [Way]? = nil
        ) {
            self.approach = approach
            self.number = number
            self.sites = sites
            self.chain = chain
            self.gates = gates
            self.distance = distance
            self.ways = ways
        }
    }

    /// How near code that is known to have run comes to a call.
    package struct Approach: Hashable, Sendable, Codable {
        /// The function that ran and those that lead on from it to the call.
        package let steps: [Step]
        /// Where that function goes on to the next, or makes the call itself.
        package let site: CallSite
        /// What decides whether it does, as far as the code near the site tells.
        package let guards: [Guard]

        package init(steps: [Step], site: CallSite, guards: [Guard]) {
            self.steps = steps
            self.site = site
            self.guards = guards
        }
    }

    /// A conditional jump that decides whether an instruction is reached.
    package struct Guard: Hashable, Sendable, Codable {
        /// Of the jump.
        package let site: CallSite
        /// The instruction that the jump depends on, as an assembler writes it; nil when none
        /// stands near.
        package let comparison: String?
        package let jump: String
        /// Whether the instruction is reached when the jump is taken; else when it is not.
        package let isTaken: Bool

        package init(site: CallSite, comparison: String?, jump: String, isTaken: Bool) {
            self.site = site
            self.comparison = comparison
            self.jump = jump
            self.isTaken = isTaken
        }
    }

    /// A part of a program's life, by what begins it.
    package enum Stage: String, CaseIterable, Hashable, Sendable, Codable {
        /// The dynamic loader, resolvers of indirect functions, and what the loader looks up.
        case load
        case constructors
        /// The entry code, up to the call of `main`.
        case start
        case main
        /// Functions that threads begin with.
        case threads
        case signalHandlers = "signal handlers"
        /// What runs when `main` returns: `exit` and destructors.
        case exit
        /// Libraries that are loaded, and functions that are looked up, while it runs.
        case later = "late loading"
    }

    /// A shortest way to a call from where a stage begins.
    package struct Way: Hashable, Sendable, Codable {
        package let stage: Stage
        package let chain: [Step]

        package init(stage: Stage, chain: [Step]) {
            self.stage = stage
            self.chain = chain
        }
    }

    /// One function on the way to a call.
    package struct Step: Hashable, Sendable, Codable {
        /// How the step before leads here.
        package enum Link: String, Sendable, Codable {
            /// The chain starts here, see ``Step/function`` for which root it is.
            case root
            /// A direct call or jump.
            case call
            /// Through a procedure linkage table or global offset table entry.
            case imported
            /// The address is taken in code that is live; any indirect call might reach it.
            case addressTaken = "address-taken"
            /// The address stands in a data object that live code refers to.
            case data
            /// Looked up by name while the program runs.
            case lookup
        }

        package let module: String
        /// The symbol's name, or `0x…`, the offset of a function without one.
        package let function: String
        package let link: Link

        package init(module: String, function: String, link: Link) {
            self.module = module
            self.function = function
            self.link = link
        }
    }

    /// Something that the analysis took for granted, and the calls that are there, or are not,
    /// because of it.
    package struct Assumption: Hashable, Sendable, Codable {
        package let name: String
        package let detail: String
        package let added: SyscallSet
        package let removed: SyscallSet

        package init(
            name: String, detail: String, added: SyscallSet, removed: SyscallSet = SyscallSet()
        ) {
            self.name = name
            self.detail = detail
            self.added = added
            self.removed = removed
        }
    }

    /// A place whose meaning could not be found: a call number, a `dlopen` or an `execve` path.
    package struct Unresolved: Hashable, Sendable, Codable {
        package let kind: String
        package let site: CallSite
        package let detail: String

        package init(kind: String, site: CallSite, detail: String) {
            self.kind = kind
            self.site = site
            self.detail = detail
        }
    }

    /// The path of the program that was analysed, links resolved.
    package let binary: String
    package let convention: Convention
    /// Sorted by number.
    package let entries: [Entry]
    /// The paths of all files that were analysed, in load order, links resolved.
    package let modules: [String]
    package let unresolved: [Unresolved]
    package let assumptions: [Assumption]
    /// Programs that live code runs; their calls are no part of ``entries``.
    package let programs: [ProgramRun]
    /// The configuration files that were read, sorted by path.
    package let inputs: [Input]

    package init(
        binary: String, convention: Convention, entries: [Entry], modules: [String],
        unresolved: [Unresolved], assumptions: [Assumption], programs: [ProgramRun] = [],
        inputs: [Input] = []
    ) {
        self.binary = binary
        self.convention = convention
        self.entries = entries
        self.modules = modules
        self.unresolved = unresolved
        self.assumptions = assumptions
        self.programs = programs
        self.inputs = inputs
    }

    package var syscalls: SyscallSet { SyscallSet(entries.map(\.number)) }

    package func entry(for number: SyscallNumber) -> Entry? {
        entries.first { $0.number == number }
    }
}

// MARK: - Decoding

/// Sets that were stored before a field existed lack it.
extension StaticSet {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            binary: try container.decode(String.self, forKey: .binary),
            convention: try container.decode(Convention.self, forKey: .convention),
            entries: try container.decode([Entry].self, forKey: .entries),
            modules: try container.decode([String].self, forKey: .modules),
            unresolved: try container.decode([Unresolved].self, forKey: .unresolved),
            assumptions: try container.decode([Assumption].self, forKey: .assumptions),
            programs: try container.decodeIfPresent([ProgramRun].self, forKey: .programs) ?? [],
            inputs: try container.decodeIfPresent([Input].self, forKey: .inputs) ?? [])
    }
}

extension StaticSet.Assumption {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            name: try container.decode(String.self, forKey: .name),
            detail: try container.decode(String.self, forKey: .detail),
            added: try container.decode(SyscallSet.self, forKey: .added),
            removed: try container.decodeIfPresent(SyscallSet.self, forKey: .removed)
                ?? SyscallSet())
    }
}
