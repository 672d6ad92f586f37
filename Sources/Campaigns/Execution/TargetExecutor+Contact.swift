internal import CLinux
internal import Contact
internal import TestCases
internal import Traces
internal import Tracing

extension TargetExecutor {
    /// Executes a test case as the first of all, and says what is to be known before anything else.
    mutating func makeContact(with base: TestCase) throws -> (Execution, FirstContact) {
        let start = clinux_monotonic_time()
        let execution = try execute(base, capturing: true, naming: true)
        var surroundings = FirstContact.Surroundings()
        surroundings.seconds = Double(clinux_monotonic_time() - start) / 1e9
        surroundings.hasArguments = !base.arguments.isEmpty
        surroundings.listening = Self.addresses(session.endpoints)
        surroundings.destinations = Self.addresses(
            session.destinations.filter { !$0.isOfSystem })
        surroundings.wasServed = session.wasAskedToEnd
        let contact = FirstContact(
            execution.trace, output: execution.output, errors: execution.errors, surroundings)
        return (execution, contact)
    }

    static func addresses(_ endpoints: [Endpoint]) -> [FirstContact.Address] {
        endpoints.map {
            FirstContact.Address(transport: $0.transport.rawValue, address: $0.address)
        }
    }
}
