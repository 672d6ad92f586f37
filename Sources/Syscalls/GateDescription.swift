/// What people should know of a gate: a condition without which a program does not make a call.
package struct GateDescription: Hashable, Sendable, Encodable {
    /// What must happen for the gate to open.
    package enum Kind: String, CaseIterable, Hashable, Sendable, Encodable {
        /// The program finds that something went wrong and ends, or says so.
        case failure
        /// Somebody asks for it in the environment or in a file, or starts the program unusually.
        case configuration
        /// The program uses a part of its libraries; ordinary runs may.
        case feature
    }

    /// As in ``StaticSet/Entry/gates``.
    package let name: String
    package let kind: Kind
    /// When the gate opens, as the rest of a sentence that begins with its name.
    package let condition: String

    /// The description of a gate's name, nil for one that is not known any more.
    package static func named(_ name: String) -> GateDescription? {
        all.first { $0.name == name }
    }

    package static let all = [
        profiling, auditing, loaderMessage, loaderCommand, executableStack, abort,
        assertion, libraryMessage, systemLog, conversion, nameCache, asynchronousInput, resolver,
        accounts, threads, cancellation, programs, timers,
    ]
}

extension GateDescription {
    package static let profiling = GateDescription(
        name: "LD_PROFILE", kind: .configuration,
        condition: "the environment asks the loader to profile a library")
    package static let auditing = GateDescription(
        name: "LD_AUDIT", kind: .configuration,
        condition: "the environment or the program names a library that audits the loader")
    package static let loaderMessage = GateDescription(
        name: "loader message", kind: .configuration,
        condition: "the loader prints something, for LD_DEBUG or because loading failed")
    package static let loaderCommand = GateDescription(
        name: "loader as a command", kind: .configuration,
        condition: "somebody runs the loader itself, with the program as its argument")
    package static let executableStack = GateDescription(
        name: "executable stack", kind: .configuration,
        condition: "a library is loaded that wants to run code on the stack")
    package static let abort = GateDescription(
        name: "abort", kind: .failure, condition: "the program ends itself by abort")
    package static let assertion = GateDescription(
        name: "failed assertion", kind: .failure, condition: "an assertion does not hold")
    package static let libraryMessage = GateDescription(
        name: "fatal error of the C library", kind: .failure,
        condition: "the C library finds its own data damaged, such as the heap or the stack")
    package static let systemLog = GateDescription(
        name: "system log", kind: .feature, condition: "the program writes to the system log")
    package static let conversion = GateDescription(
        name: "character conversion", kind: .configuration,
        condition: "the locale's character set needs a conversion library")
    package static let nameCache = GateDescription(
        name: "name service cache", kind: .configuration,
        condition: "the name service cache daemon is asked")
    package static let asynchronousInput = GateDescription(
        name: "asynchronous input and output", kind: .feature,
        condition: "the program uses the aio functions")
    package static let resolver = GateDescription(
        name: "network lookup", kind: .feature,
        condition: "the program looks up names of hosts or services")
    package static let accounts = GateDescription(
        name: "account lookup", kind: .feature,
        condition: "the program looks up users or groups")
    package static let threads = GateDescription(
        name: "thread creation", kind: .feature, condition: "the program starts threads")
    package static let cancellation = GateDescription(
        name: "thread cancellation", kind: .feature, condition: "a thread cancels another")
    package static let programs = GateDescription(
        name: "running programs", kind: .feature, condition: "the program runs another program")
    package static let timers = GateDescription(
        name: "timer threads", kind: .feature,
        condition: "the program makes timers that start threads")
}
