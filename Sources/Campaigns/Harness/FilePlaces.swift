internal import Glibc
internal import Platform

/// Where a harness may take files from: its own folder, and what it names to be exposed. Who gets a
/// harness from somebody else can see at one place what of the machine it reads.
struct FilePlaces {
    let folder: String
    /// Absolute.
    private let exposed: [String]

    struct Refusal: Error, CustomStringConvertible {
        let description: String
    }

    /// - Parameter exposed: as the harness names it, relative to its folder.
    init(folder: String, exposed: [String]) {
        self.folder = folder
        self.exposed = exposed.map { ResolvedCommand.absolute($0, in: folder) }
    }

    /// What is exposed, absolute; throws a sentence where that cannot be shown.
    func shown() throws(Refusal) -> [String] {
        for path in exposed {
            switch FileKind(of: path) {
            case .regular, .folder: continue
            case .other:
                throw Refusal(
                    description: "\(path) is a socket, a FIFO or a device, and only files and "
                        + "folders can be exposed")
            case nil:
                throw Refusal(description: "nothing is at \(path), which is to be exposed")
            }
        }
        return exposed
    }

    /// The bytes of a file by its path relative to the harness, with links followed.
    func read(_ name: String) throws(Refusal) -> [UInt8] {
        let path = ResolvedCommand.absolute(name, in: folder)
        if let place = SmallFile.resolve(path), !isAllowed(place) {
            throw Refusal(
                description: "from names \(path), which is not in the harness's folder; copy it "
                    + "there, or name it in expose")
        }
        guard FileKind(of: path) != .other else {
            throw Refusal(description: "from names \(path), which is no file")
        }
        do {
            return try SmallFile.read(path)
        } catch {
            throw Refusal(
                description: "files names \(path), which cannot be read: \(error.reason)")
        }
    }

    private func isAllowed(_ path: String) -> Bool {
        ([folder] + exposed).contains { allowed in
            let place = SmallFile.resolve(allowed) ?? allowed
            return path == place || path.hasPrefix(place + "/")
        }
    }
}

extension Harness {
    /// Has the target see what is at the paths, which are relative to the folder in which this runs.
    package mutating func expose(_ paths: [String]) throws {
        let places = FilePlaces(folder: SmallFile.resolve(".") ?? "/", exposed: paths)
        asked += try places.shown()
    }
}
