package import Reconciliation
package import Syscalls
package import Texts
package import Traces

/// Every call of one execution held against the static set of the image that made it.
package struct SiteCheckView: Sendable, Encodable {
    /// One image that ran.
    package struct Image: Sendable, Encodable {
        package let image: String
        package let calls: Int
        /// nil when the image could not be analysed.
        package let check: SiteCheck?
        /// Why it could not be.
        package let failure: String?
    }

    package let command: [String]
    /// In the order in which they began.
    package let images: [Image]

    /// A view of a trace whose events are in the phases given.
    ///
    /// A trace does not say which process mapped a library; where a set is wrong, all that were
    /// mapped are analysed, and what is right then is no bug.
    ///
    /// - Parameter extract: the static set of an image that loads some libraries, or a sentence
    ///   that says why there is none.
    package init(
        _ trace: Trace, command: [String],
        extract: (String, _ libraries: Set<String>) -> (set: StaticSet?, failure: String?)
    ) {
        self.command = command
        var order: [String] = []
        var calls: [String: Int] = [:]
        var sightings: [String: [SiteCheck.Sighting: String]] = [:]
        for (index, event) in trace.events.enumerated() {
            // The launch is made by code of the tracer.
            guard index > 0 || event.number != .execve,
                trace.threads.indices.contains(Int(event.thread))
            else { continue }
            let image = trace.threads[Int(event.thread)].image
            if calls[image] == nil { order.append(image) }
            calls[image, default: 0] += 1
            guard let site = trace.site(of: event) else { continue }
            sightings[image, default: [:]][.init(site: site, syscall: event.number)] = ""
        }
        images = order.map { image in
            let (set, failure) = extract(image, [])
            let seen = sightings[image] ?? [:]
            var check = set.map { SiteCheck(static: $0, sightings: seen) }
            let libraries = Set(trace.modules).subtracting(order)
            if let first = check, !first.bugs.isEmpty,
                let larger = extract(image, libraries).set
            {
                check = first.excusing(SiteCheck(static: larger, sightings: seen))
            }
            return Image(
                image: image, calls: calls[image] ?? 0, check: check, failure: failure)
        }
    }

    /// Whether every image was analysed and no site is wrong.
    package var isSound: Bool { images.allSatisfy { $0.check?.bugs.isEmpty == true } }

    /// The check for people, at most `width` columns wide.
    package func text(width: Int) -> ShownText {
        var table = TextTable([
            ("IMAGE", .left), ("CALLS", .right), ("SITES", .right), ("WRONG", .right),
            ("APART", .left),
        ])
        for image in images {
            let apart = (image.check?.apartCounts ?? [:]).sorted { $0.key < $1.key }
                .map { "\($0.value) \($0.key)" }
            table.append([
                image.image, Figures.count(image.calls),
                image.check.map { Figures.count($0.checked) } ?? "-",
                image.check.map { Figures.count($0.bugs.count) } ?? "-",
                image.failure ?? apart.joined(separator: ", "),
            ])
        }
        let bugs = images.flatMap { $0.check?.bugs ?? [] }.map { bug in
            WrappedText.paragraph(
                "  ", "\(bug.syscall) (\(bug.syscall.rawValue)) at \(bug.site): \(bug.reason)",
                width: width)
        }
        let head = table.text(width: width)
        return bugs.isEmpty
            ? head : "\(head)\n\nExtractor bugs (\(bugs.count))\n" + bugs.joined(separator: "\n")
    }
}
