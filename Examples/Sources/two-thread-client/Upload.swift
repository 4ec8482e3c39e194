import DuplexTLS
import Glibc

// Standard input to server, on a thread of its own:
//   1. begin the handshake: the ClientHello goes out from here
//   2. wait until the download's half has brought the handshake to its end
//   3. read standard input
//   4. hand it to the core, one record a call, and send what came of it, waiting for the socket where it must
//   5. at the end of input: close_notify, then FIN; the answer goes on

/// The direction from standard input to the server.
struct Upload: ~Copyable {
    private let socket: Socket
    private let isHandshakeComplete: Settled<Bool>
    private var writer: WriteHalf

    /// Bytes of input to a batch: four records, one send.
    private static let batchSize = 65_536

    init(_ writer: consuming WriteHalf, to socket: Socket, after isHandshakeComplete: Settled<Bool>) {
        self.writer = writer
        self.socket = socket
        self.isHandshakeComplete = isHandshakeComplete
    }

    /// Runs to the end of input.
    ///
    /// - Throws: why the server did not get all of it.
    mutating func run() throws(Failure) {
        do throws(TLSError) {
            _ = try writer.handshake()
        } catch { throw Failure("handshake: \(error)") }
        try send()
        // The download says why there is no handshake, if so.
        guard isHandshakeComplete.wait() else { return }

        let batch = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.batchSize, alignment: 16)
        defer { batch.deallocate() }
        while true {
            let count = Descriptor.standardInput.read(into: batch)
            guard count >= 0 else { throw Failure("standard input", code: Int32(-count)) }
            if count == 0 { break }
            try write(UnsafeRawBufferPointer(rebasing: batch[..<count]))
            try send()
        }
        writer.close()
        try send()
        socket.endSending()
    }

    /// Encrypts all of `input`: one call takes one record at most.
    private mutating func write(_ input: UnsafeRawBufferPointer) throws(Failure) {
        var rest = input
        while !rest.isEmpty {
            do throws(TLSError) {
                rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(try writer.write(rest)))
            } catch { throw Failure("sending: \(error)") }
        }
    }

    private mutating func send() throws(Failure) {
        var code: Int32 = 0
        let outcome = writer.flush { ciphertext in
            let sent = socket.send(ciphertext)
            code = sent.code
            return sent.taken
        }
        guard outcome == .flushed else { throw Failure("the server takes no more input", code: code) }
    }
}
