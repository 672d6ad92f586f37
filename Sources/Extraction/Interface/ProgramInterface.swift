/// What a program's file tells about its command line: tables that the C library's parsers read,
/// and names that code hands to the C library.
///
/// Read from the file alone. Everything in it may be a lie; it is bounded however large the file.
package struct ProgramInterface: Hashable, Sendable {
    /// A row of a `struct option` or `struct argp_option` table.
    package struct LongOption: Hashable, Sendable {
        /// Without dashes.
        package var name: [UInt8]
        /// 0 no argument, 1 required, 2 optional, as in getopt_long(3).
        package var hasArgument: Int32
        /// What the parser returns for it; a printable character is most often the short option
        /// of the same meaning.
        package var value: Int32
        /// What the table calls its argument; empty where it does not.
        package var argumentName: [UInt8] = []
    }

    /// The words that an option's argument may be, from a list that code uses beside its name.
    package struct Choices: Hashable, Sendable {
        /// With its dashes.
        package var option: [UInt8]
        package var words: [[UInt8]]
    }

    /// In file order, those of a table together.
    package var longOptions: [LongOption] = []
    /// What getopt(3) and getopt_long(3) are called with.
    package var optionStrings: [[UInt8]] = []
    package var choices: [Choices] = []
    /// What getenv(3) is called with.
    package var variables: [[UInt8]] = []
    /// Words that are the ends of longer strings, and referred to for themselves.
    package var tails: [[UInt8]] = []

    package init() {}

    /// Reads a program for x86-64; throws for anything else.
    package static func read(_ path: String) throws(ExtractionError) -> ProgramInterface {
        let file = try ElfFile.read(path)
        let pointers = DataPointers(of: file)
        let code = CodeReferences(of: file, pointers: pointers)
        var interface = ProgramInterface()
        interface.longOptions = OptionTables.read(from: file, pointers)
        interface.optionStrings = code.optionStrings
        interface.variables = code.variables
        interface.choices = code.choices
        interface.tails = code.tails.words
        return interface
    }
}
