internal import Extraction
internal import Tracing

/// Which functions are looked at when it is to be known what a target compares its input with.
enum CaptureCatalogue {
    /// The C library's, and those by which widespread libraries compare.
    private static let functions: [String: CapturedFunction] = [
        "strcmp": .strings, "strcasecmp": .strings, "strcoll": .strings, "strverscmp": .strings,
        "strstr": .strings, "strcasestr": .strings, "fnmatch": .strings,
        "strncmp": .boundedStrings, "strncasecmp": .boundedStrings,
        "memcmp": .memory, "bcmp": .memory,
        "getenv": .variable, "secure_getenv": .variable,
        "getopt_long": .longOptions, "getopt_long_only": .longOptions,
        "getopt": .shortOptions, "__posix_getopt": .shortOptions,
        "g_strcmp0": .strings, "g_str_equal": .strings, "g_ascii_strcasecmp": .strings,
        "sqlite3_stricmp": .strings, "sqlite3_strnicmp": .boundedStrings,
        "xmlStrEqual": .strings, "xmlStrcmp": .strings,
    ]

    /// Breakpoints at all of them that the template's files call, where they call them: the
    /// loader has resolved every name, indirect functions as well.
    static func breakpoints(in server: borrowing ForkServer) -> [Breakpoint] {
        let names = Set(functions.keys)
        var found: [UInt64: CapturedFunction] = [:]
        var read: Set<String> = []
        for image in server.images where read.insert(image.path).inserted {
            // The kernel's own code, and files that are gone by now, are no files to read.
            guard let imports = try? ImportedFunctions.read(image.path, named: names),
                let displacement = imports.displacement(
                    ofByteAt: image.fileOffset, mappedTo: image.start)
            else { continue }
            for slot in imports.slots {
                guard let function = functions[slot.name],
                    let target = server.word(at: slot.address &+ displacement),
                    server.holdsCode(at: target)
                else { continue }
                found[target] = function
            }
        }
        return found.sorted { $0.key < $1.key }.map {
            Breakpoint(address: $0.key, purpose: .capture($0.value))
        }
    }
}
