extension TestCase {
    /// How much a reader has to take in, for choosing among witnesses: bytes, with a fixed price
    /// for each element, so that of two test cases with as many bytes the one with fewer parts is
    /// smaller. Zero for the empty test case.
    package var size: Int {
        var size = 0
        for argument in arguments { size += Self.elementSize + argument.count }
        for variable in environment {
            size += Self.elementSize + variable.name.count + variable.value.count
        }
        size += standardInput.bytes.count + (standardInput.repetition?.weight ?? 0)
        if standardInput.kind != .file { size += Self.elementSize }
        for file in files { size += Self.elementSize + file.path.count + file.kind.size }
        for session in sessions {
            size += Self.elementSize + session.party.size
            for step in session.steps {
                size += Self.elementSize
                if case .send(let bytes) = step { size += bytes.count }
                if case .sendRepeated(let repetition) = step { size += repetition.weight }
            }
        }
        size += workingDirectory.size
        let provocations = descriptors.count + limits.count + signals.count + faults.count
        return size + provocations * Self.elementSize
    }

    fileprivate static let elementSize = 8
}

extension TestCase.File.Kind {
    fileprivate var size: Int {
        switch self {
        case .regular(let bytes), .sparse(_, let bytes): bytes.count
        case .repeated(let repetition): repetition.weight
        case .symbolicLink(let target), .hardLink(let target): target.count
        case .directory, .fifo, .socket, .device: 0
        }
    }
}

extension TestCase.Repetition {
    /// Of two that say the same, the one that repeats less is easier to take in.
    fileprivate var weight: Int {
        TestCase.elementSize + piece.count + (Int(UInt32.bitWidth) - count.leadingZeroBitCount)
    }
}

extension TestCase.Session.Party {
    fileprivate var size: Int {
        switch self {
        case .client: 0
        case .peer(let place): place.count
        case .companion(let arguments), .companionPeer(let arguments):
            arguments.reduce(0) { $0 + TestCase.elementSize + $1.count }
        }
    }
}

extension TestCase.WorkingDirectory {
    fileprivate var size: Int {
        switch self {
        case .scratch(let path): path.count
        case .deleted, .unreadable: TestCase.elementSize
        case .deep(let levels): TestCase.elementSize + Int(levels)
        }
    }
}
