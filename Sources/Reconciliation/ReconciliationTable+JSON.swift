internal import Syscalls
internal import Traces

/// The shape of `reached --json`: fields may be added, those here stay.
extension ReconciliationTable: Encodable {
    private enum Keys: String, CodingKey { case rows, foreignPrograms, siteCheck }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Keys.self)
        try container.encode(rows, forKey: .rows)
        try container.encode(foreignPrograms, forKey: .foreignPrograms)
        try container.encode(siteCheck, forKey: .siteCheck)
    }
}

extension ReconciliationTable.Row: Encodable {
    private enum Keys: String, CodingKey {
        case syscall, number, isStatic = "static", isDynamic = "dynamic", verdict, kernelMade, tier
        case phases, sites, witness, evidence, firstExecution, firstSeconds, distance, tries
        case gates
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Keys.self)
        try container.encode(syscall, forKey: .syscall)
        try container.encode(syscall.rawValue, forKey: .number)
        try container.encode(isStatic, forKey: .isStatic)
        try container.encode(isDynamic, forKey: .isDynamic)
        try container.encode(verdict, forKey: .verdict)
        try container.encode(kernelMade, forKey: .kernelMade)
        try container.encode(tier, forKey: .tier)
        try container.encode(places, forKey: .phases)
        try container.encode(sites, forKey: .sites)
        try container.encode(witness, forKey: .witness)
        try container.encode(evidence, forKey: .evidence)
        try container.encode(firstExecution, forKey: .firstExecution)
        try container.encode(firstSeconds, forKey: .firstSeconds)
        try container.encode(distance, forKey: .distance)
        try container.encode(tries, forKey: .tries)
        try container.encode(gates, forKey: .gates)
    }
}
