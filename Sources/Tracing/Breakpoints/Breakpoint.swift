package import Platform

/// A place in a fork server's code at which its copies are looked at.
package struct Breakpoint: Hashable, Sendable {
    package enum Purpose: Hashable, Sendable {
        /// Tells that it was reached, once in an execution.
        case visit
        /// Tells what a function is called with, each time.
        case capture(CapturedFunction)
        /// Tells which numbers the instruction compares, each time.
        case compare(NumberComparison)
    }

    /// In the template, and so in every copy, as addresses are fixed; the first byte of an
    /// instruction.
    package var address: UInt64
    package var purpose: Purpose

    package init(address: UInt64, purpose: Purpose) {
        self.address = address
        self.purpose = purpose
    }
}

/// What the arguments of a function of the C library are, as its manual page says.
package enum CapturedFunction: Hashable, Sendable {
    /// Two strings, as of strcmp(3).
    case strings
    /// Two strings of which so many bytes count as the third argument says, as of strncmp(3).
    case boundedStrings
    /// Two stretches of memory of the length in the third argument, as of memcmp(3).
    case memory
    /// The name of a variable, as of getenv(3).
    case variable
    /// Option string and option table in the third and fourth argument, as of getopt_long(3).
    case longOptions
    /// An option string in the third argument, as of getopt(3).
    case shortOptions
}

/// A file in a process' executable memory.
package struct CodeImage: Hashable, Sendable {
    package var path: String
    package var start: UInt64
    /// The offset in the file of the byte at ``start``.
    package var fileOffset: UInt64
}

/// The breakpoints of a template with the bytes that they stand in place of.
struct BreakpointTable: Sendable {
    /// `int3`
    static let trap: UInt8 = 0xcc

    struct Place: Sendable {
        let purpose: Breakpoint.Purpose
        let original: UInt8
    }

    private var places: [UInt64: Place] = [:]

    var isEmpty: Bool { places.isEmpty }

    func contains(_ address: UInt64) -> Bool { places[address] != nil }

    subscript(address: UInt64) -> Place? { places[address] }

    mutating func insert(_ breakpoint: Breakpoint, original: UInt8) {
        places[breakpoint.address] = Place(purpose: breakpoint.purpose, original: original)
    }

    /// Returns the byte that belongs there.
    mutating func remove(_ address: UInt64) -> UInt8? {
        places.removeValue(forKey: address)?.original
    }
}
