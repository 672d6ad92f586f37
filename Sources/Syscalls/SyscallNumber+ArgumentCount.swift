extension SyscallNumber {
    /// How many argument registers the call reads, 0 to 6; 6 for one that is not known.
    package var argumentCount: Int {
        let index = Int(rawValue)
        guard index < Self.argumentCounts.count else { return 6 }
        return Int(Self.argumentCounts[index] - UInt8(ascii: "0"))
    }

    /// One digit for each number from 0, read from the events/syscalls formats of tracefs on Linux
    /// 6.18, completed from the manual pages where the kernel has no such call.
    private static let argumentCounts = Array(
        """
        3331222336321440344332150533333312022130433366332323345550031421\
        3341245332112232112212212322333122211403011002000222233331111222\
        4322231122232322311122210032152121012522142213232154366666035554\
        4433322221633121533131445310443421122241443266354155234554532032\
        4434534345343365123644464632144244213215545525453214236653345332\
        5351336664215640066666666666666666666666666666666666666666666666\
        6666666666666666666666666666666666666666426435253322343456543421\
        2544434644444336654555
        """.utf8)
}
