import TestCases

/// Draws test cases in which every dimension may hold anything that is allowed.
struct RandomTestCase {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func draw(below bound: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int(state >> 33) % bound
    }

    private mutating func list<Element>(_ element: (inout Self) -> Element) -> [Element] {
        (0..<draw(below: 4)).map { _ in element(&self) }
    }

    private mutating func bytes() -> Bytes {
        let count = draw(below: 10) == 0 ? 1_000 + draw(below: 100) : draw(below: 20)
        return (0..<count).map { _ in UInt8(draw(below: 256)) }
    }

    private mutating func path() -> Bytes {
        (0...draw(below: 3)).map { _ in
            (0...draw(below: 5)).map { _ in UInt8(0x61 + draw(below: 26)) }
        }.joined(separator: [0x2f]).map { $0 }
    }

    private mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[draw(below: elements.count)]
    }

    private mutating func party() -> TestCase.Session.Party {
        switch draw(below: 4) {
        case 0: .peer(at: pick([[], Bytes("8080".utf8), Bytes("[::1]:8".utf8), bytes()]))
        case 1: .companion(arguments: list { $0.bytes() })
        case 2: .companionPeer(arguments: list { $0.bytes() })
        default: .client(address: UInt16(draw(below: 3)))
        }
    }

    mutating func next() -> TestCase {
        var testCase = TestCase()
        testCase.arguments = list { $0.bytes() }
        testCase.environment = list { .init(name: $0.bytes(), value: $0.bytes()) }
        testCase.standardInput = .init(
            kind: pick(TestCase.StandardInput.Kind.allCases), bytes: bytes(),
            repetition: draw(below: 3) == 0 ? repetition() : nil)
        testCase.files = list {
            .init(path: $0.path(), kind: $0.fileKind(), mode: UInt16($0.draw(below: 0o10000)))
        }
        testCase.workingDirectory = pick([
            .scratch(path: []), .scratch(path: path()), .deleted, .unreadable,
            .deep(levels: UInt16(draw(below: 65_536))),
        ])
        testCase.descriptors = list {
            .init(
                number: UInt16($0.draw(below: 65_536)),
                source: $0.pick([
                    .closed, .null, .full, .brokenPipe, .terminal, .file(path: $0.path()),
                ]))
        }
        testCase.limits = list {
            .init(
                resource: $0.pick(TestCase.Limit.Resource.allCases),
                value: $0.pick([0, UInt64($0.draw(below: 1_000)), .max]))
        }
        testCase.sessions = list { random in
            let transport = random.pick(TestCase.Session.Transport.allCases)
            let party = random.party()
            var session = TestCase.Session(
                transport: party.hasTransport ? transport : .tcp, party: party,
                steps: random.list {
                    $0.pick([
                        .send($0.bytes()), .sendRepeated($0.repetition()), .receive, .halfClose,
                        .close, .reset, .wait,
                        .signal(UInt8(1 + $0.draw(below: 64))),
                        .notify(UInt8(1 + $0.draw(below: 64))),
                    ])
                })
            session.isLater = random.draw(below: 3) == 0
            return session
        }
        testCase.signals = list {
            .init(signal: UInt8(1 + $0.draw(below: 64)), atSyscall: UInt32($0.draw(below: 9)))
        }
        testCase.faults = list {
            .init(
                syscall: UInt32($0.draw(below: 500)), occurrence: UInt32(1 + $0.draw(below: 50)),
                effect: $0.pick([
                    .error(UInt16(1 + $0.draw(below: 4_095))),
                    .shortCount(UInt32($0.draw(below: 100))),
                ]))
        }
        return testCase
    }

    private mutating func repetition() -> TestCase.Repetition {
        let piece = bytes()
        let position = draw(below: 2) == 0 ? UInt16(draw(below: piece.count + 1)) : nil
        return TestCase.Repetition(
            piece, count: UInt32(draw(below: 1_000)), numberPosition: position)
    }

    private mutating func fileKind() -> TestCase.File.Kind {
        pick([
            .regular(bytes()), .repeated(repetition()),
            .sparse(hole: UInt64(draw(below: 1 << 30)), bytes()), .directory,
            .symbolicLink(target: bytes()), .hardLink(target: path()), .fifo, .socket, .device,
        ])
    }
}

extension TestCase.Session.Party {
    /// Companions use what they like.
    fileprivate var hasTransport: Bool {
        switch self {
        case .client, .peer: true
        case .companion, .companionPeer: false
        }
    }
}
