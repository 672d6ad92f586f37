// swift-tools-version: 6.2
import PackageDescription

/// Settings of every Swift target: the compiler finds what reviewers would miss.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

/// For targets that tests have work for minutes where nothing is optimised: analysing whole
/// programs, mining their strings. Checks of overflow and bounds stay.
let optimizedInDebug: [SwiftSetting] = [.unsafeFlags(["-O"], .when(configuration: .debug))]

func library(
    _ name: String, imports: [Target.Dependency] = [], isOptimizedInDebug: Bool = false
) -> Target {
    .target(
        name: name, dependencies: imports,
        swiftSettings: strict + (isOptimizedInDebug ? optimizedInDebug : []))
}

func tests(
    of name: String, imports: [Target.Dependency] = [], exclude: [String] = []
) -> Target {
    .testTarget(
        name: "\(name)Tests", dependencies: [.byName(name: name)] + imports,
        exclude: exclude, swiftSettings: strict)
}

let package = Package(
    name: "fathom",
    targets: [
        // C: one shim target of ours, and module maps over system libraries.
        .target(name: "CLinux", cSettings: [.define("_GNU_SOURCE")]),
        .systemLibrary(name: "CElf", pkgConfig: "libelf", providers: [.apt(["libelf-dev"])]),
        .systemLibrary(name: "CZydis", providers: [.apt(["libzydis-dev"])]),
        .systemLibrary(
            name: "CSeccomp", pkgConfig: "libseccomp", providers: [.apt(["libseccomp-dev"])]),
        .systemLibrary(
            name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),

        // Pure: values and functions of values.
        library("Texts"),
        library("Syscalls", isOptimizedInDebug: true),
        library("TestCases", isOptimizedInDebug: true),
        library("Traces", imports: ["Syscalls"]),
        library("Mutation", imports: ["TestCases"], isOptimizedInDebug: true),
        library("Phasing", imports: ["Syscalls", "Traces"]),
        library("Contact", imports: ["Syscalls", "Traces"]),
        library("Reconciliation", imports: ["Syscalls", "Traces"]),

        // The machine.
        library("Platform", imports: ["CLinux", "TestCases"]),
        library("Tracing", imports: ["CLinux", "Platform", "Syscalls", "TestCases", "Traces"]),
        library("Sandboxing", imports: ["CLinux", "Platform", "TestCases"]),
        library(
            "Extraction", imports: ["CElf", "CZydis", "Platform", "Syscalls"],
            isOptimizedInDebug: true),

        // What a campaign keeps.
        library(
            "Store",
            imports: ["CSQLite", "CZlib", "Platform", "Syscalls", "TestCases", "Traces"]),

        // What the evidence is turned into.
        library("Policies", imports: ["CSeccomp", "Syscalls", "Texts", "Traces", "Phasing"]),
        library(
            "Campaigns",
            imports: [
                "CLinux", "CZlib", "Contact", "Platform", "Syscalls", "TestCases", "Texts",
                "Traces",
                "Mutation", "Phasing", "Tracing", "Sandboxing", "Extraction", "Store",
            ]),

        // A program under its policy.
        library(
            "Enforcement",
            imports: [
                "CLinux", "Phasing", "Platform", "Policies", "Syscalls", "Traces", "Tracing",
            ]),

        // What people see.
        library(
            "Reporting",
            imports: [
                "Campaigns", "Contact", "Phasing", "Policies", "Reconciliation", "Sandboxing",
                "Store", "Syscalls", "TestCases", "Texts", "Traces",
            ]),

        // What people start.
        library(
            "Commands",
            imports: [
                "Campaigns", "Contact", "Enforcement", "Extraction", "Mutation", "Phasing",
                "Platform", "Policies", "Reporting", "Sandboxing", "Store", "Syscalls", "TestCases",
                "Texts", "Traces", "Tracing",
            ]),
        .executableTarget(name: "fathom", dependencies: ["Commands"], swiftSettings: strict),

        // What tests share: the C programs they trace, the tools they compare with, and traces
        // made by hand.
        .target(
            name: "TestSupport", dependencies: ["Mutation"], path: "Tests/TestSupport",
            swiftSettings: strict),
        .target(
            name: "TraceBuilding", dependencies: ["Syscalls", "Traces"],
            path: "Tests/TraceBuilding", swiftSettings: strict),

        // Extracts from damaged files by the thousand; see Benchmarks/corrupted-files.
        .executableTarget(
            name: "corrupted-files", dependencies: ["Extraction", "Syscalls", "TestSupport"],
            path: "Tests/CorruptedFiles", swiftSettings: strict),

        // Counts what its program allocates.
        .target(name: "CAllocations", path: "Benchmarks/Sources/Allocations"),
        // How many executions a core makes; see Benchmarks/executors.
        .executableTarget(
            name: "executors",
            dependencies: [
                "CAllocations", "Extraction", "Platform", "Syscalls", "TestCases", "Traces",
                "Tracing",
            ],
            path: "Benchmarks/Sources/Executors", swiftSettings: strict),
        // How many sessions a core plays; see Benchmarks/sessions.
        .executableTarget(
            name: "sessions",
            dependencies: [
                "Extraction", "Platform", "Syscalls", "TestCases", "Traces", "Tracing",
            ],
            path: "Benchmarks/Sources/Sessions", swiftSettings: strict),

        tests(of: "Texts"),
        tests(of: "Syscalls"),
        tests(of: "TestCases"),
        tests(of: "Traces", imports: ["Syscalls", "TraceBuilding"]),
        tests(of: "Mutation", imports: ["Syscalls", "TestCases"]),
        tests(of: "Phasing", imports: ["Syscalls", "TraceBuilding", "Traces"]),
        tests(of: "Contact", imports: ["Syscalls", "TraceBuilding", "Traces"]),
        tests(of: "Reconciliation", imports: ["Syscalls", "Traces"]),
        tests(
            of: "Tracing",
            imports: [
                "fathom", "CLinux", "Extraction", "Platform", "Syscalls", "TestCases",
                "TestSupport",
                "Traces",
            ]),
        tests(of: "Sandboxing", imports: ["TestCases", "TestSupport"]),
        tests(of: "Extraction", imports: ["Platform", "Syscalls", "TestCases", "TestSupport"]),
        tests(of: "Store", imports: ["Platform", "Syscalls", "TestCases", "Traces"]),
        tests(
            of: "Policies",
            imports: ["CSeccomp", "Phasing", "Syscalls", "Traces"], exclude: ["Golden"]),
        tests(of: "Enforcement", imports: ["Phasing", "Policies", "Syscalls", "Traces"]),
        tests(
            of: "Campaigns",
            imports: [
                "Contact", "Extraction", "Mutation", "Sandboxing", "Store", "Syscalls", "TestCases",
                "TraceBuilding", "Traces",
            ]),
        tests(
            of: "Reporting",
            imports: [
                "Campaigns", "Contact", "Phasing", "Policies", "Reconciliation", "Sandboxing",
                "Store",
                "Syscalls", "TestCases", "TestSupport", "Texts", "Traces",
            ]),
        tests(
            of: "Commands",
            imports: ["fathom", "Policies", "Store", "Syscalls", "TestSupport", "Texts", "Traces"]),
        .testTarget(name: "ArchitectureTests", swiftSettings: strict),
        .testTarget(
            name: "EndToEndTests",
            dependencies: [
                "fathom", "Campaigns", "Phasing", "Policies", "Store", "Syscalls", "TestCases",
                "TestSupport", "Traces",
            ], swiftSettings: strict),
    ]
)
