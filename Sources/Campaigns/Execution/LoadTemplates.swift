internal import TestCases
internal import Tracing

/// Templates for test cases that are loaded under other conditions than most: one for each that
/// come again and again, as those of a kept test case and its children do.
struct LoadTemplates: ~Copyable {
    /// Beyond these the one that was used longest ago makes room.
    private static let capacity = 16
    /// From so many test cases on, a template is worth its start and the first comparisons, which
    /// take about as long as six executions from `execve` that write their calls down.
    private static let worthwhileUses = 6
    /// So many conditions are remembered; then all are forgotten.
    private static let memory = 4_096
    /// One in so many copies is compared with an execution from `execve`, and the first ones.
    private static let comparisonInterval: UInt64 = 100
    private static let firstComparisons: UInt64 = 2
    /// One comparison in so many may differ before no more templates are made. Where the kernel put
    /// a template's heap can tell in calls, as of a `malloc` that asks for huge pages, and all its
    /// copies share that.
    private static let toleratedDifferences: UInt64 = 20

    struct Slot {
        var conditions: LoadConditions
        var prefixCalls: [UInt32]
        var copies: UInt64 = 0
        var comparisons: UInt64 = 0
        var lastUse: UInt64
    }

    private var servers: InlineArray<16, ForkServer?> = InlineArray { _ in nil }
    private var slots: [Slot?] = Array(repeating: nil, count: Self.capacity)
    private var uses: [LoadConditions: Int] = [:]
    /// Those of which no template can be made, or whose copies differ from fresh starts.
    private var refused: Set<LoadConditions> = []
    /// Those of which a template was given up, because its copies differ from fresh starts.
    private var doubted: Set<LoadConditions> = []
    private var clock: UInt64 = 0

    init() {}

    /// Counts a test case with these conditions.
    ///
    /// Returns the index of the template for it, or of the place where one is to be put; nil when
    /// it is not worth one.
    mutating func index(for conditions: LoadConditions) -> (index: Int, isThere: Bool)? {
        guard !refused.contains(conditions) else { return nil }
        clock += 1
        if let index = slots.firstIndex(where: { $0?.conditions == conditions }) {
            slots[index]?.lastUse = clock
            return (index, true)
        }
        if uses.count >= Self.memory { uses.removeAll() }
        uses[conditions, default: 0] += 1
        guard uses[conditions, default: 0] >= Self.worthwhileUses else { return nil }
        let oldest = slots.indices.min { (slots[$0]?.lastUse ?? 0) < (slots[$1]?.lastUse ?? 0) }
        return oldest.map { ($0, false) }
    }

    /// Whether there is a template for these conditions.
    func holds(_ conditions: LoadConditions) -> Bool {
        slots.contains { $0?.conditions == conditions }
    }

    subscript(index: Int) -> Slot? { slots[index] }

    /// Takes a template out, to be used or ended.
    mutating func takeServer(_ index: Int) -> ForkServer? {
        servers[index].take()
    }

    mutating func put(_ server: consuming ForkServer, _ slot: Slot, at index: Int) {
        servers[index] = consume server
        slots[index] = slot
        slots[index]?.lastUse = clock
    }

    /// Puts a template back; whether its last copy is to be compared with a fresh start.
    mutating func putBack(_ server: consuming ForkServer, at index: Int) -> Bool {
        servers[index] = consume server
        guard let copies = slots[index]?.copies else { return false }
        slots[index]?.copies = copies + 1
        let isToCompare =
            copies < Self.firstComparisons || copies % Self.comparisonInterval == 0
        if isToCompare { slots[index]?.comparisons += 1 }
        return isToCompare
    }

    /// Forgets a place whose template is gone.
    mutating func clear(_ index: Int) {
        slots[index] = nil
    }

    /// Notes that copies of a template differ from fresh starts, by its last of so many
    /// comparisons. Another template may be made, as long as that is rare.
    mutating func doubt(_ conditions: LoadConditions, after comparisons: UInt64) {
        if doubted.contains(conditions), comparisons <= Self.toleratedDifferences {
            refuse(conditions)
        }
        if doubted.count >= Self.memory { doubted.removeAll() }
        doubted.insert(conditions)
    }

    mutating func refuse(_ conditions: LoadConditions) {
        if refused.count >= Self.memory { refused.removeAll() }
        refused.insert(conditions)
    }

    static var indices: Range<Int> { 0..<capacity }
}

@available(*, unavailable)
extension LoadTemplates: Sendable {}
