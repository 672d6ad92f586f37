internal import Traces

/// How much of the search goes to the sweep, by what it finds beside what mutation finds.
struct SweepShare: Sendable {
    /// The two that are weighed.
    enum Part: Sendable { case sweep, mutation }

    /// What one of the two found for its cost.
    struct Yield: Sendable, Codable {
        fileprivate(set) var gain: Double
        fileprivate(set) var cost: Double

        fileprivate var rate: Double { gain / cost }

        fileprivate mutating func age(by share: Double) {
            gain *= share
            cost *= share
        }
    }

    struct State: Sendable, Codable {
        var sweep: Yield
        var mutation: Yield

        /// Of a store: see ``FuzzerState/bounded``.
        var bounded: State {
            func bounded(_ yield: Yield) -> Yield {
                Yield(
                    gain: max(1e-6, LearnedNumber.gain(yield.gain)),
                    cost: LearnedNumber.cost(yield.cost))
            }
            return State(sweep: bounded(sweep), mutation: bounded(mutation))
        }

        fileprivate subscript(part: Part) -> Yield {
            get {
                switch part {
                case .sweep: sweep
                case .mutation: mutation
                }
            }
            set {
                switch part {
                case .sweep: sweep = newValue
                case .mutation: mutation = newValue
                }
            }
        }
    }

    /// Before anything is known the sweep is worth more: it tries what was never tried.
    private(set) var state = State(
        sweep: Yield(gain: 16, cost: 400), mutation: Yield(gain: 8, cost: 400))

    private let least: Double
    private let most: Double
    /// Of a hundred test cases both together have so many; the rest is drawn anew.
    private let total: Double

    init(settings: SearchSettings = SearchSettings()) {
        least = Double(settings.leastSweep)
        most = Double(settings.mostSweep)
        total = Double(100 - settings.freshShare)
    }

    /// What was found long ago counts less, by this for each execution.
    private static let memory = 0.9998

    /// Of a hundred test cases.
    var percentage: Int {
        let (sweep, mutation) = (state.sweep.rate, state.mutation.rate)
        let share = total * sweep / (sweep + mutation)
        return Int(min(max(share, least), most))
    }

    mutating func restore(_ state: State) { self.state = state }

    /// Notes what an execution cost.
    mutating func charge(_ cost: Double, to part: Part) {
        state.sweep.age(by: Self.memory)
        state.mutation.age(by: Self.memory)
        state[part].cost += cost
    }

    mutating func reward(_ kind: Feature.Kind, to part: Part) { state[part].gain += kind.gain }
}
