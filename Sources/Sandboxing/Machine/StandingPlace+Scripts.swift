extension StandingPlace {
    /// Where a script around a service may make folders that a target misses.
    private static let tops = ["/run/", "/var/"]

    /// The folders that a script makes before its service starts, as far as its commands are plain;
    /// whether they are reached is not asked.
    ///
    /// - Parameter reading: gives the text of a file that the script reads.
    static func folders(
        ofScript text: String, reading: (String) -> String?
    ) -> [StandingPlace] {
        var places: [StandingPlace] = []
        for command in ShellVariables.commands(
            in: text, named: ["mkdir", "install", "chown", "chmod"], reading: reading)
        {
            places += made(by: command)
            give(&places, by: command)
        }
        return places.filter { place in
            place.isPlain && !place.path.contains("$")
                && tops.contains { place.path.hasPrefix($0) }
        }
    }

    /// The script that a line of a unit executes, if it does.
    static func script(executedBy command: String) -> String? {
        // What stands before the path says how the command is executed.
        let path = command.drop { "-+!@:|".contains($0) }.prefix { $0 != " " }
        return path.hasPrefix("/") ? String(path) : nil
    }
}
