/// What an address that code refers to stands for.
extension ElfFile {
    /// The word that a linkage table entry jumps through, when one is at the address: an optional
    /// `endbr64`, then an indirect jump relative to the next instruction.
    func stubSlot(at address: UInt64) -> UInt64? {
        guard let offset = fileOffset(of: address).map({ Int($0) }) else { return nil }
        return withBytes { bytes in
            var position = offset
            if bytes.integer(at: position, as: UInt32.self) == 0xfa1e_0ff3 { position += 4 }
            if bytes.integer(at: position, as: UInt8.self) == 0xf2 { position += 1 }
            guard bytes.integer(at: position, as: UInt16.self) == 0x25ff,
                let distance: Int32 = bytes.integer(at: position + 2)
            else { return nil }
            let next = address &+ UInt64(position + 6 - offset)
            return next &+ UInt64(bitPattern: Int64(distance))
        }
    }

    /// The text at an address when it is one that file and function names are made of.
    func name(at address: UInt64) -> String? {
        guard let offset = fileOffset(of: address).map({ Int($0) }) else { return nil }
        return withBytes { bytes in
            var end = offset
            while end < offset + 128, let byte: UInt8 = bytes.integer(at: end), byte > 32,
                byte < 127
            {
                end += 1
            }
            guard end > offset + 2, bytes.integer(at: end, as: UInt8.self) == 0 else { return nil }
            return bytes.string(at: offset, limit: 128)
        }
    }
}
