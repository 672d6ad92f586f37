internal import TestCases

extension String {
    /// Calls with a path as the kernel takes it: its very bytes, see `String.wordBytes`, with a NUL
    /// behind them. The pointer is valid during the call.
    package func withKernelPath<Result, Failure: Error>(
        _ body: (UnsafePointer<CChar>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let bytes = wordBytes.map { CChar(bitPattern: $0) } + [0]
        return try unsafe bytes.withUnsafeBufferPointer { buffer throws(Failure) in
            guard let path = buffer.baseAddress else { preconditionFailure("never empty") }
            return try unsafe body(path)
        }
    }

    /// The text of bytes that end with a NUL.
    package init(kernelWord: UnsafePointer<CChar>) {
        var bytes: [UInt8] = []
        var next = unsafe kernelWord
        while unsafe next.pointee != 0 {
            bytes.append(UInt8(bitPattern: unsafe next.pointee))
            unsafe next += 1
        }
        self.init(word: bytes)
    }
}
