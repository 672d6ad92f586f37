package import TestCases

/// A format of files that many programs read, with a small sound file of it.
///
/// Made of nothing but code, so that the same program gets the same files on every machine.
package enum SampleKind: String, CaseIterable, Sendable {
    // What is most telling of a program first; text suits every one.
    case text
    case patch, makefile, elf, png, tar, zip, gzip, bzip2, xz, zstandard, xml, json, html, csv
    case script, source, settings

    /// As programs expect it to be named.
    package var fileName: String {
        switch self {
        case .text: "notes.txt"
        case .patch: "change.diff"
        case .makefile: "Makefile"
        case .elf: "program"
        case .png: "pixel.png"
        case .tar: "archive.tar"
        case .zip: "archive.zip"
        case .gzip: "notes.gz"
        case .bzip2: "empty.bz2"
        case .xz: "empty.xz"
        case .zstandard: "empty.zst"
        case .xml: "data.xml"
        case .json: "data.json"
        case .html: "page.html"
        case .csv: "table.csv"
        case .script: "script.sh"
        case .source: "main.c"
        case .settings: "settings.conf"
        }
    }

    package var content: Bytes {
        switch self {
        case .text, .patch, .makefile, .xml, .json, .html, .csv, .script, .source, .settings:
            Bytes(text.utf8)
        case .elf: SampleBytes.elf
        case .png: SampleBytes.png
        case .tar:
            // One over the file that is there, and every kind of member.
            SampleBytes.tar([
                .init(name: "notes.txt", bytes: Bytes(Self.text.text.utf8)),
                .init(name: "folder/", type: 5, mode: 0o750),
                .init(name: "folder/first", mode: 0o444, bytes: Bytes("one\n".utf8)),
                .init(name: "folder/second", type: 1, target: "folder/first"),
                .init(name: "folder/link", type: 2, target: "first"),
                .init(name: "folder/pipe", type: 6),
            ])
        case .zip: SampleBytes.zip("notes.txt", Bytes(Self.text.text.utf8))
        case .gzip: SampleBytes.gzip(Bytes(Self.text.text.utf8))
        case .bzip2: SampleBytes.bzip2
        case .xz: SampleBytes.xz
        case .zstandard: SampleBytes.zstandard
        }
    }

    /// Whether the content is text that a person can edit.
    package var isText: Bool { !text.isEmpty }

    /// Empty for what is no text.
    private var text: String {
        switch self {
        case .text: "alpha 1\nbeta 22\n\ngamma two words\n"
        case .patch:
            // A change, a new file, and what git says besides: a link, a mode, a new name.
            """
            --- notes.txt
            +++ notes.txt
            @@ -1,2 +1,2 @@
            -alpha 1
            +alpha 2
             beta 22
            --- /dev/null
            +++ made/new.txt
            @@ -0,0 +1 @@
            +new
            diff --git a/link b/link
            new file mode 120000
            --- /dev/null
            +++ b/link
            @@ -0,0 +1 @@
            +notes.txt
            \\ No newline at end of file
            diff --git a/notes.txt b/renamed.txt
            old mode 100644
            new mode 100755
            similarity index 90%
            rename from notes.txt
            rename to renamed.txt

            """
        case .makefile: "all: out\n\nout: notes.txt\n\tcat notes.txt > out\n"
        case .xml: "<?xml version=\"1.0\"?>\n<list><item id=\"1\">one</item><item/></list>\n"
        case .json:
            "{\"name\": \"one\", \"list\": [1, 2.5, null, true], \"inner\": {\"a\": \"b\"}}\n"
        case .html: "<!DOCTYPE html>\n<html><body><p>one <a href=\"x\">two</a></p></body></html>\n"
        case .csv: "name,number\none,1\n\"two, three\",23\n"
        case .script: "#!/bin/sh\nx=1\nfor i in a b; do echo \"$i $x\"; done\n"
        case .source: "#include <stdio.h>\nint main(void) { puts(\"one\"); return 0; }\n"
        case .settings: "# settings\n[section]\nname = value\nflag = yes\n"
        case .elf, .png, .tar, .zip, .gzip, .bzip2, .xz, .zstandard: ""
        }
    }

    /// Strings of which one is in every program that reads the format, or nearly so: its ending,
    /// its own words, a library that reads it.
    private var hints: [String] {
        switch self {
        case .text: []
        case .patch: ["hunk", ".rej"]
        case .makefile: ["GNUmakefile", "Makefile"]
        case .elf: ["libmagic.so", ".symtab", "libelf.so", "libbfd", "ELF file", "ELF header"]
        case .png: ["libmagic.so", "IHDR", "libpng", "image/png", ".png"]
        case .tar: ["ustar", "libarchive", "tar archive", ".tar"]
        case .zip: ["libmagic.so", "libzip", "zipfile", ".zip", ".ZIP"]
        case .gzip: ["libmagic.so", "libz.so", "gzip", ".gz"]
        case .bzip2: ["libbz2", "bzip2", ".bz2"]
        case .xz: ["liblzma", ".xz", ".lzma"]
        case .zstandard: ["libzstd", ".zst"]
        case .xml: ["libmagic.so", "<?xml", "libxml2", "libexpat", "xmlns"]
        case .json: ["libmagic.so", "libjansson", "libjson", "libjq", ".json", "JSON"]
        case .html: ["<html", "text/html", "HTML"]
        case .csv: [".csv", "CSV"]
        case .script: ["libmagic.so", "BASH_VERSION", "POSIXLY_CORRECT\0OPTIND", "shopt"]
        case .source: ["#include", "#define "]
        case .settings: [".conf\0", "config file", "configuration file", ".ini\0"]
        }
    }

    /// More files cost every execution time, and say little.
    package static let chosenLimit = 8
    /// Larger programs are read so far.
    private static let readLimit = 16 << 20

    /// The formats that the bytes of a program speak of, and text, the most telling first.
    package static func kinds(inProgram bytes: Span<UInt8>) -> [SampleKind] {
        let count = min(bytes.count, readLimit)
        var hints: [(kind: SampleKind, bytes: Bytes)] = []
        var byFirst = [[Int]](repeating: [], count: 256)
        for kind in allCases {
            for hint in kind.hints.map({ Bytes($0.utf8) }) {
                byFirst[Int(hint[0])].append(hints.count)
                hints.append((kind, hint))
            }
        }
        var found: Set<SampleKind> = [.text]
        for position in 0..<count {
            for index in byFirst[Int(bytes[position])] where !found.contains(hints[index].kind) {
                let hint = hints[index].bytes
                guard position + hint.count <= count else { continue }
                let isHere = hint.indices.allSatisfy { bytes[position + $0] == hint[$0] }
                if isHere { found.insert(hints[index].kind) }
            }
        }
        return Array(allCases.filter(found.contains).prefix(chosenLimit))
    }
}
