/// What code hands to the C library's parsers of command lines and to getenv(3), and which lists
/// of words it uses beside the name of an option.
///
/// The code is not decoded, only searched for the few instructions that load an address into a
/// register and for calls. What is no instruction finds its way in when it looks like one and
/// refers to text that fits, which costs a few words that mean nothing.
struct CodeReferences {
    private(set) var optionStrings: [[UInt8]] = []
    private(set) var variables: [[UInt8]] = []
    private(set) var choices: [ProgramInterface.Choices] = []
    private(set) var tails = StringTails()

    private let file: ElfFile
    private let pointers: DataPointers
    /// By register number: the address it was last given, and where in the code.
    private var registers = [(target: UInt64, position: UInt64)](
        repeating: (0, 0), count: 16)
    /// By register number: the word of the linkage table that it was last filled from.
    private var slots = [(slot: UInt64, position: UInt64)](repeating: (0, 0), count: 16)
    /// The last copy of a register into the third argument's.
    private var copied: (source: Int, position: UInt64) = (0, 0)
    private var names: [(position: UInt64, option: [UInt8])] = []
    private var lists: [(position: UInt64, target: UInt64)] = []
    private var callees: [UInt64: Callee] = [:]

    private enum Callee { case parser, environment, other }

    /// Code beyond is not searched.
    private static let mostCode: UInt64 = 64 << 20
    private static let mostReferences = 1 << 16
    private static let mostResults = 1_024
    private static let mostCallees = 1 << 18
    /// How far before a call its arguments are loaded.
    private static let argumentReach: UInt64 = 96
    /// How far before a call a register was given what is copied to an argument.
    private static let registerReach: UInt64 = 1 << 14
    /// How far apart an option's name and its list are loaded.
    private static let listReach: UInt64 = 64

    init(of file: ElfFile, pointers: DataPointers) {
        self.file = file
        self.pointers = pointers
        for target in pointers.targets where !file.isCode(target) { tails.note(target, in: file) }
        var left = Self.mostCode
        for range in file.contents.codeRanges where left > 0 {
            guard let offset = file.fileOffset(of: range.lowerBound) else { continue }
            let length = min(
                left, range.upperBound - range.lowerBound,
                UInt64(file.contents.bytesAvailable(at: range.lowerBound)))
            left -= length
            file.withBytes { search($0, offset: Int(offset), at: range.lowerBound, Int(length)) }
        }
        pairUp()
    }

    private mutating func search(
        _ bytes: RawSpan, offset: Int, at start: UInt64, _ count: Int
    ) {
        guard count >= 8, offset + count <= bytes.byteCount else { return }
        let isFixed = file.contents.isFixed
        for index in 0..<(count - 7) {
            let head = unsafe bytes.unsafeLoad(fromByteOffset: offset + index, as: UInt8.self)
            let address = start &+ UInt64(index)
            switch head {
            case 0x48...0x4f:
                prefixed(bytes, offset + index, address, head)
            case 0xe8:
                guard let distance: Int32 = bytes.integer(at: offset + index + 1) else { continue }
                call(address &+ 5 &+ UInt64(bitPattern: Int64(distance)), at: address)
            case 0xff:
                guard let operand: UInt8 = bytes.integer(at: offset + index + 1) else { continue }
                if operand == 0x15, let distance: Int32 = bytes.integer(at: offset + index + 2) {
                    // Through the linkage table's word itself.
                    callThrough(address &+ 6 &+ UInt64(bitPattern: Int64(distance)), at: address)
                } else if operand & 0xf8 == 0xd0 {
                    let isHigh =
                        index > 0
                        && bytes.integer(at: offset + index - 1, as: UInt8.self) == 0x41
                    let source = slots[Int(operand & 7) | (isHigh ? 8 : 0)]
                    if source.slot != 0, address &- source.position < Self.registerReach {
                        callThrough(source.slot, at: address)
                    }
                }
            case 0xb8...0xbf where isFixed:
                guard let target: UInt32 = bytes.integer(at: offset + index + 1) else { continue }
                let isHigh =
                    index > 0
                    && bytes.integer(at: offset + index - 1, as: UInt8.self) == 0x41
                load(UInt64(target), into: Int(head & 7) | (isHigh ? 8 : 0), at: address)
            default: break
            }
        }
    }

    /// Instructions with a prefix for 64 bits: `lea` relative to the next one, and copies.
    private mutating func prefixed(
        _ bytes: RawSpan, _ offset: Int, _ address: UInt64, _ prefix: UInt8
    ) {
        guard let code: UInt8 = bytes.integer(at: offset + 1),
            let operands: UInt8 = bytes.integer(at: offset + 2)
        else { return }
        let (first, second) = (
            Int(operands >> 3 & 7) | Int(prefix >> 2 & 1) << 3,
            Int(operands & 7) | Int(prefix & 1) << 3
        )
        switch code {
        case 0x8d where operands & 0xc7 == 5 && prefix & 1 == 0:
            guard let distance: Int32 = bytes.integer(at: offset + 3) else { return }
            load(address &+ 7 &+ UInt64(bitPattern: Int64(distance)), into: first, at: address)
        case 0x8b where operands & 0xc7 == 5:
            guard let distance: Int32 = bytes.integer(at: offset + 3) else { return }
            slots[first] = (address &+ 7 &+ UInt64(bitPattern: Int64(distance)), address)
        case 0x89 where operands >> 6 == 3 && second == 2: copied = (first, address)
        case 0x8b where operands >> 6 == 3 && first == 2: copied = (second, address)
        default: break
        }
    }

    private mutating func load(_ target: UInt64, into register: Int, at position: UInt64) {
        guard let offset = file.fileOffset(of: target), !file.isCode(target) else { return }
        registers[register] = (target, position)
        tails.note(target, in: file)
        let first: UInt8? = file.withBytes { $0.integer(at: offset) }
        if first == UInt8(ascii: "-") {
            guard names.count < Self.mostReferences,
                let text = file.printableBytes(at: target, limit: 48), text.count > 1
            else { return }
            names.append((position, text))
        } else if lists.count < Self.mostReferences, pointers.target(at: target) != nil {
            lists.append((position, target))
        }
    }

    // MARK: - Calls

    private mutating func call(_ target: UInt64, at position: UInt64) {
        guard file.fileOffset(of: target) != nil, file.isCode(target) else { return }
        handle(
            callee(target) { file in
                if let slot = file.stubSlot(at: target) { return Self.symbol(at: slot, file) }
                return file.contents.symbols.names[target]
            }, at: position)
    }

    private mutating func callThrough(_ slot: UInt64, at position: UInt64) {
        handle(callee(slot) { Self.symbol(at: slot, $0) }, at: position)
    }

    private static func symbol(at slot: UInt64, _ file: ElfFile) -> String? {
        guard slot <= .max - 8,
            let relocation = file.relocations(in: slot..<(slot + 8)).first,
            relocation.kind == .symbol,
            Int(relocation.symbol) < file.contents.symbols.symbols.count
        else { return nil }
        return file.contents.symbols.symbols[Int(relocation.symbol)].name
    }

    private mutating func callee(_ key: UInt64, _ name: (ElfFile) -> String?) -> Callee {
        if let known = callees[key] { return known }
        let callee: Callee =
            switch name(file) {
            case "getopt", "getopt_long", "getopt_long_only", "__posix_getopt", "rpl_getopt",
                "rpl_getopt_long":
                .parser
            case "getenv", "secure_getenv", "__secure_getenv": .environment
            default: .other
            }
        if callees.count < Self.mostCallees { callees[key] = callee }
        return callee
    }

    private mutating func handle(_ callee: Callee, at position: UInt64) {
        switch callee {
        case .other: break
        case .parser:
            guard let text = thirdArgument(at: position), Self.isOptionString(text),
                optionStrings.count < Self.mostResults, !optionStrings.contains(text)
            else { return }
            optionStrings.append(text)
        case .environment:
            let argument = registers[7]
            guard position &- argument.position < Self.argumentReach,
                variables.count < Self.mostResults,
                let name = file.printableBytes(at: argument.target, limit: 64),
                !name.contains(UInt8(ascii: "=")), !name.contains(0x20), !variables.contains(name)
            else { return }
            variables.append(name)
        }
    }

    /// The text that the third argument is, loaded into its register or copied from another.
    private func thirdArgument(at position: UInt64) -> [UInt8]? {
        let loaded = registers[2]
        var target: UInt64?
        if position &- loaded.position < Self.argumentReach { target = loaded.target }
        if position &- copied.position < Self.argumentReach, copied.position > loaded.position {
            let source = registers[copied.source]
            if position &- source.position < Self.registerReach { target = source.target }
        }
        return target.flatMap { file.printableBytes(at: $0, limit: 192) }
    }

    /// Signs of the way of parsing, then letters with up to two colons each.
    private static func isOptionString(_ text: [UInt8]) -> Bool {
        let body = text.drop { "+-:".utf8.contains($0) }
        guard body.first.map({ $0 != UInt8(ascii: ":") }) ?? false else { return false }
        return !body.contains(0x20)
    }

    // MARK: - Lists of words

    /// Gives each option the list that is loaded nearest to its name.
    private mutating func pairUp() {
        var known: Set<[UInt8]> = []
        for name in names where choices.count < Self.mostResults && !known.contains(name.option) {
            let start = lists.partitionPoint { $0.position &+ Self.listReach >= name.position }
            var best: (distance: UInt64, words: [[UInt8]])?
            for list in lists[start...] {
                guard list.position <= name.position &+ Self.listReach else { break }
                let distance =
                    list.position > name.position
                    ? list.position - name.position : name.position - list.position
                guard distance < best?.distance ?? .max else { continue }
                let words = words(at: list.target)
                if words.count > 1 { best = (distance, words) }
            }
            guard let best else { continue }
            known.insert(name.option)
            choices.append(.init(option: name.option, words: best.words))
        }
    }

    /// The words that an array of addresses leads to, up to a word that is no address.
    private func words(at address: UInt64) -> [[UInt8]] {
        var words: [[UInt8]] = []
        for index in 0..<UInt64(64) {
            let place = address &+ index * 8
            guard let target = pointers.target(at: place) else {
                return file.word(at: place) == 0 ? words : []
            }
            guard let word = file.printableBytes(at: target, limit: 32), !word.contains(0x20),
                word.first != UInt8(ascii: "-")
            else { return [] }
            words.append(word)
        }
        return words
    }
}
