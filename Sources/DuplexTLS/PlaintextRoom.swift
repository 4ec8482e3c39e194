internal import CWolfSSLShims

/// Room for plaintext, laid out as the records will be that it goes out in: pieces of a
/// record's plaintext, 16 KiB or what the peer has bounded it to (RFC 6066 §4), to be filled in order, with place for a
/// header before each and for a tag behind it.
///
/// Valid until the next call of the ``WriteHalf`` that it comes from.
public struct PlaintextRoom: RandomAccessCollection {
    private let first: UnsafeMutableRawPointer
    private let stride: Int
    /// Bytes of plaintext of a piece but the last.
    private let pieceSize: Int
    /// Bytes of plaintext.
    private let size: Int

    init(_ base: UnsafeMutableRawPointer, frame: duplex_record_frame, size: Int) {
        first = base + frame.before
        pieceSize = frame.plaintext
        stride = frame.before + frame.plaintext + frame.behind
        self.size = size
    }

    public var startIndex: Int { 0 }
    public var endIndex: Int { (size + pieceSize - 1) / pieceSize }

    public subscript(index: Int) -> UnsafeMutableRawBufferPointer {
        let count = Swift.min(pieceSize, size - index * pieceSize)
        return UnsafeMutableRawBufferPointer(start: first + index * stride, count: count)
    }
}
