internal import Platform

/// What kind of file a target is, found out before anything is started.
package struct TargetFile: Sendable {
    /// The path as given.
    package let path: String
    /// The program whose code runs, with links resolved: the file itself, or a script's
    /// interpreter.
    package let image: String
    /// The text that the image runs, where that is known: the script, or what the fixed words of
    /// the command line name.
    package let script: String?
    package var isScript: Bool { script != nil }

    /// Finds out, or says in one sentence why the harness's program cannot be a target.
    package static func inspect(_ harness: Harness) throws(TargetError) -> TargetFile {
        try inspect(harness.program, script: harness.script)
    }

    package static func inspect(
        _ path: String, script: String? = nil
    ) throws(TargetError) -> TargetFile {
        if let obstacle = ProgramFile.obstacle(at: path) {
            throw TargetError("cannot trace \(path), \(obstacle)")
        }
        let image = ProgramFile.image(of: path)
        let script = script ?? (image == path ? nil : path)
        for file in [image, script].compactMap(\.self) where ProgramFile.isKeptFromReading(file) {
            throw TargetError(
                "cannot trace \(path): this user may not read \(file), whose code and words are "
                    + "searched; see chmod(1)")
        }
        return TargetFile(
            path: path, image: SmallFile.resolve(image) ?? image, script: script)
    }
}

/// A target that cannot be run or traced; one sentence.
package struct TargetError: Error, CustomStringConvertible, Sendable {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}
