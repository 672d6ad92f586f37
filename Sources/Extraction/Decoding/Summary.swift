/// What one file's code refers to: a pure function of the file, whatever program loads it.
struct Summary: Sendable {
    /// A stretch of code that is entered at its start and decoded as a whole.
    struct Function: Sendable {
        let start: UInt64
        var end: UInt64
        /// Indices into ``Summary/references``.
        var references: Range<Int>
        /// Indices into ``Summary/sites``.
        var sites: Range<Int>
        /// Whether it may come back to its caller: it holds a return, an indirect jump, or a jump
        /// to a function that may.
        var returns: Bool
        /// The arguments that may decide which part of it runs when they are constant: one bit for
        /// each of those that are passed in registers.
        var deciding: UInt8
    }

    /// One thing that an instruction refers to.
    struct Reference: Sendable {
        enum Kind: UInt8, Sendable {
            /// Calls the target.
            case call
            /// Continues at the target, which is no part of the function.
            case jump
            /// Calls the function whose address the word at the target holds.
            case callThroughSlot
            case jumpThroughSlot
            /// Forms the target's address.
            case address
            /// Reads memory at the target, ``Reference/size`` bytes.
            case load
        }

        let target: UInt64
        /// The address, the size and the kind, from high bits to low ones: files have millions of
        /// references.
        private let code: UInt64

        init(kind: Kind, size: UInt8, address: UInt64, target: UInt64) {
            self.target = target
            code = address << 11 | UInt64(size) << 3 | UInt64(kind.rawValue)
        }

        var kind: Kind { Kind(rawValue: UInt8(code & 7)) ?? .address }
        var size: UInt8 { UInt8(truncatingIfNeeded: code >> 3) }
        /// Of the instruction.
        var address: UInt64 { code >> 11 }
    }

    /// One instruction that enters the kernel.
    struct Site: Sendable {
        enum Kind: UInt8, Sendable {
            case syscall
            /// `int 0x80` or `sysenter`, whose numbers are those of 32-bit x86.
            case compatibility
        }

        let kind: Kind
        let address: UInt64
        /// What the number register holds.
        var number: AbstractValue
    }

    /// A number that a call or a jump to another function passes in a register.
    struct CallConstant: Sendable {
        let value: UInt64
        /// The address and the argument.
        private let code: UInt64

        init(address: UInt64, argument: UInt8, value: UInt64) {
            self.value = value
            code = address << 8 | UInt64(argument)
        }

        /// Of the calling instruction.
        var address: UInt64 { code >> 8 }
        /// Zero-based, in the order of ``Register/arguments``.
        var argument: UInt8 { UInt8(truncatingIfNeeded: code) }
    }

    /// Sorted by start.
    var functions: [Function] = []
    var references: [Reference] = []
    var sites: [Site] = []
    /// Sorted by address.
    var callConstants: [CallConstant] = []
    /// Sorted addresses of functions, and of linkage table entries for functions, that never come
    /// back by what the C library or the C++ runtime say of them.
    var endings: [UInt64] = []
    /// Sorted addresses at which data objects begin; each reaches up to the next.
    var objectStarts: [UInt64] = []
    /// Sorted addresses within functions that code or data elsewhere refers to: control may
    /// arrive there with any register contents.
    var sideEntries: [UInt64] = []

    /// Stretches that belong to a function although another one begins within it before them;
    /// sorted, and none overlaps another.
    private var resumed: [(range: Range<UInt64>, function: Int)] = []

    /// Adds the functions of another part of the same file, with what they hold.
    mutating func append(_ other: Summary) {
        let (referenceCount, siteCount) = (references.count, sites.count)
        functions += other.functions.map { function in
            var moved = function
            moved.references =
                function.references.lowerBound + referenceCount..<function.references.upperBound
                + referenceCount
            moved.sites =
                function.sites.lowerBound + siteCount..<function.sites.upperBound + siteCount
            return moved
        }
        references += other.references
        sites += other.sites
        callConstants += other.callConstants
    }

    /// The function that an address lies in. Where a function has a second start within (code
    /// that is entered in the middle of an instruction), the later start is meant. However many
    /// begin and end within one, it goes on behind them.
    func function(containing address: UInt64) -> Int? {
        let next = functions.partitionPoint { $0.start > address }
        guard next > 0 else { return nil }
        if address < functions[next - 1].end { return next - 1 }
        let behind = resumed.partitionPoint { $0.range.lowerBound > address }
        guard behind > 0, resumed[behind - 1].range.contains(address) else { return nil }
        return resumed[behind - 1].function
    }

    /// To be called once ``functions`` is complete and sorted.
    mutating func noteNesting() {
        resumed = []
        // Functions that reach farther than what was assigned so far, the latest start last.
        var open: [Int] = []
        var position: UInt64 = 0
        func assign(upTo limit: UInt64) {
            while let last = open.last {
                let end = min(functions[last].end, limit)
                if position < end {
                    if functions[last].start < position { resumed.append((position..<end, last)) }
                    position = end
                }
                guard functions[last].end <= limit else { return }
                open.removeLast()
            }
        }
        for index in functions.indices {
            assign(upTo: functions[index].start)
            position = functions[index].start
            open.append(index)
        }
        assign(upTo: .max)
    }

    /// What a call or jump passes, for each register that arguments are passed in; nil where it
    /// is not a known number.
    func constants(passedAt address: UInt64) -> [UInt64?] {
        var result = [UInt64?](repeating: nil, count: Register.arguments.count)
        var index = callConstants.partitionPoint { $0.address >= address }
        while index < callConstants.count, callConstants[index].address == address {
            result[Int(callConstants[index].argument)] = callConstants[index].value
            index += 1
        }
        return result
    }

    /// Whether a call of an address never comes back.
    func neverReturns(_ target: UInt64) -> Bool {
        let ending = endings.partitionPoint { $0 >= target }
        if ending < endings.count, endings[ending] == target { return true }
        guard let index = function(containing: target) else { return false }
        return functions[index].start == target && !functions[index].returns
    }

    /// Marks functions that leave only by jumping to ones that come back.
    mutating func spreadReturns() {
        // Who jumps to a function that is not known to come back.
        var sources: [Int: [Int]] = [:]
        for index in functions.indices where !functions[index].returns {
            for reference in references[functions[index].references] {
                switch reference.kind {
                case .jumpThroughSlot: functions[index].returns = true
                case .jump:
                    guard let target = function(containing: reference.target) else {
                        functions[index].returns = true
                        continue
                    }
                    sources[target, default: []].append(index)
                default: continue
                }
            }
        }
        var pending = functions.indices.filter { functions[$0].returns }
        while let target = pending.popLast() {
            for source in sources[target] ?? [] where !functions[source].returns {
                functions[source].returns = true
                pending.append(source)
            }
        }
    }

    /// Takes back what is known of the arguments of functions that are entered elsewhere as well,
    /// and of what they pass.
    mutating func forgetArguments(ofFunctionsAt starts: Set<UInt64>) {
        guard !starts.isEmpty else { return }
        var ranges: [Range<UInt64>] = []
        for index in functions.indices where starts.contains(functions[index].start) {
            functions[index].deciding = 0
            ranges.append(functions[index].start..<functions[index].end)
        }
        callConstants.removeAll { ranges.containing($0.address) != nil }
    }

    func sideEntries(in range: Range<UInt64>) -> ArraySlice<UInt64> {
        let first = sideEntries.partitionPoint { $0 >= range.lowerBound }
        let end = sideEntries.partitionPoint { $0 >= range.upperBound }
        return sideEntries[first..<max(first, end)]
    }
}
