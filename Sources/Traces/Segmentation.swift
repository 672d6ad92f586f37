/// Which phase each event of a trace belongs to.
///
/// Written by a phase model, read by everything that counts by phase. The buffer is made to be
/// reused from one trace to the next.
package struct Segmentation: Hashable, Sendable {
    /// The phases there are, in the order in which a role goes through them; at most 256.
    package var phases: [Phase]
    /// One for each event of the trace: an index into ``phases``.
    package var indexes: [UInt8]

    package init(phases: [Phase], indexes: [UInt8] = []) {
        self.phases = phases
        self.indexes = indexes
    }

    /// The phase of the event at that index of the trace; nil where the trace is longer.
    package func phase(ofEvent index: Int) -> Phase? {
        guard indexes.indices.contains(index) else { return nil }
        let phase = Int(indexes[index])
        return phases.indices.contains(phase) ? phases[phase] : nil
    }
}
