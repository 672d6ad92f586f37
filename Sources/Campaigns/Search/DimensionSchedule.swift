internal import Glibc
internal import Mutation
internal import Traces

/// Learns which dimensions are worth changing: a bandit with an arm for each.
///
/// What an arm is worth is what its changes found for each unit of execution cost. What is known
/// of that is a gamma distribution, of as many gains in as much cost as were seen; weights are
/// drawn from it, so that an arm is chosen as often as it is likely to be worth it (Thompson
/// sampling: Chapelle and Li, An Empirical Evaluation of Thompson Sampling, 2011).
struct DimensionSchedule: Sendable {
    /// By ``Dimension/rawValue``.
    struct State: Sendable, Codable {
        fileprivate(set) var gains: [Double]
        fileprivate(set) var costs: [Double]
        fileprivate(set) var charges = 0

        /// Of a store: see ``FuzzerState/bounded``.
        var bounded: State {
            State(
                gains: gains.map(LearnedNumber.gain), costs: costs.map(LearnedNumber.gain),
                charges: max(0, min(charges, 1 << 53)))
        }
    }

    private(set) var state: State
    private let prior: DimensionWeights
    private var current: DimensionWeights
    private var drawsLeft = 0
    private let floor: UInt32
    private let priorCost: Double

    /// What was found becomes harder to find again, so that old gains count ever less: these many
    /// charges make them and their cost a tenth less.
    private static let memory = 512
    private static let keptShare = 0.9
    /// Drawing anew for each change would cost more than a mutation does.
    private static let drawsOfOne = 32
    /// What all share by worth, besides the floor of each.
    private static let shared = 1000.0

    /// - Parameter prior: what each is worth as long as nothing is known; those without weight are
    ///   never chosen.
    init(prior: DimensionWeights, settings: SearchSettings = SearchSettings()) {
        self.prior = prior
        current = prior
        floor = UInt32(clamping: settings.dimensionFloor)
        priorCost = Double(max(1, settings.priorCost))
        let zeros = [Double](repeating: 0, count: Dimension.allCases.count)
        state = State(gains: zeros, costs: zeros)
    }

    mutating func restore(_ state: State) {
        guard state.gains.count == self.state.gains.count,
            state.costs.count == self.state.costs.count
        else { return }
        self.state = state
    }

    /// Weights for the next change.
    mutating func weights(using generator: inout SeededGenerator) -> DimensionWeights {
        if drawsLeft == 0 {
            drawsLeft = Self.drawsOfOne
            draw(using: &generator)
        }
        drawsLeft -= 1
        return current
    }

    /// Notes what an execution cost that was changed in these dimensions.
    mutating func charge(_ cost: Double, to dimensions: Set<Dimension>) {
        guard !dimensions.isEmpty else { return }
        for dimension in dimensions {
            state.costs[dimension.rawValue] += cost / Double(dimensions.count)
        }
        state.charges += 1
        guard state.charges % Self.memory == 0 else { return }
        for index in state.gains.indices {
            state.gains[index] *= Self.keptShare
            state.costs[index] *= Self.keptShare
        }
    }

    /// Notes that changes in these dimensions led to something that is kept.
    mutating func reward(_ kind: Feature.Kind, to dimensions: Set<Dimension>) {
        for dimension in dimensions {
            state.gains[dimension.rawValue] += kind.gain / Double(dimensions.count)
        }
    }

    private mutating func draw(using generator: inout SeededGenerator) {
        var worths: [(Dimension, Double)] = []
        for dimension in Dimension.allCases where prior[dimension] > 0 {
            let shape = Double(prior[dimension]) + state.gains[dimension.rawValue]
            let cost = priorCost + state.costs[dimension.rawValue]
            worths.append((dimension, generator.gamma(shape: shape) / cost))
        }
        let total = worths.reduce(0) { $0 + $1.1 }
        guard total > 0 else { return }
        for (dimension, worth) in worths {
            current[dimension] = floor + UInt32(Self.shared * worth / total)
        }
    }
}

extension Feature.Kind {
    /// How much a feature of the kind matters, relative to a sequence.
    var importance: Double {
        switch self {
        case .syscall: 8
        case .phasedSyscall, .learnedPhase, .site: 4
        case .arguments, .outcome, .image, .phasePath, .foreignSyscall: 2
        case .pair, .triple: 1
        }
    }

    /// What finding one is worth. There is always one more sequence; many of them are worth one
    /// call.
    var gain: Double { isSequence ? importance / 8 : importance }
}

extension SeededGenerator {
    /// A number of the gamma distribution of scale 1, for shapes of at least 1 (Marsaglia and
    /// Tsang, A Simple Method for Generating Gamma Variables, 2000).
    fileprivate mutating func gamma(shape: Double) -> Double {
        let reduced = max(1, shape) - 1 / 3.0
        let factor = 1 / (9 * reduced).squareRoot()
        while true {
            let normal = normal()
            let base = 1 + factor * normal
            guard base > 0 else { continue }
            let cube = base * base * base
            let uniform = Double.random(in: Double.leastNonzeroMagnitude..<1, using: &self)
            if log(uniform) < 0.5 * normal * normal + reduced * (1 - cube + log(cube)) {
                return reduced * cube
            }
        }
    }

    /// A number of the normal distribution (Box and Muller).
    private mutating func normal() -> Double {
        let first = Double.random(in: Double.leastNonzeroMagnitude..<1, using: &self)
        let second = Double.random(in: 0..<1, using: &self)
        return (-2 * log(first)).squareRoot() * cos(2 * Double.pi * second)
    }
}
