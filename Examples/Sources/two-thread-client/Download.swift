import DuplexTLS
import Glibc

// Server to standard output, on the main thread:
//   1. wait until the server has sent something (or the socket has room for what reading made the core emit)
//   2. hand it to the core: to the handshake until that is complete, then to read, one record a call
//   3. send what the core emitted, without ever waiting for the socket: the upload may be the reason that it is full
//   4. write the plaintext to standard output
//   5. end at the server's close_notify; a FIN or a reset before it is a truncation

/// The direction from the server to standard output.
struct Download: ~Copyable {
    /// How an answer ended.
    enum End {
        /// With close_notify: this is all of it.
        case complete
        /// Without, and by what instead.
        case truncated(String)
    }

    private let socket: Socket
    private var reader: ReadHalf
    private let ciphertext: UnsafeMutableRawBufferPointer
    private let plaintext: UnsafeMutableRawBufferPointer
    /// The bytes of `ciphertext` that nothing has taken yet.
    private var unread = 0..<0
    /// The socket had no room for all that reading emitted.
    private var isOutputWaiting = false

    /// How long the server may be silent during the handshake, milliseconds.
    private static let handshakePatience: Int32 = 10_000

    init(_ reader: consuming ReadHalf, from socket: Socket) {
        self.reader = reader
        self.socket = socket
        // Room for three records and more: fewer system calls. One whole record must fit.
        ciphertext = .allocate(byteCount: max(65_536, RecordLayer.recordSizeLimit), alignment: 16)
        plaintext = .allocate(byteCount: RecordLayer.plaintextLimit, alignment: 16)
    }

    deinit {
        ciphertext.deallocate()
        plaintext.deallocate()
    }

    /// Brings the handshake to its end. The upload begins it, at the same time or before: the order does not matter.
    mutating func handshake() throws(Failure) {
        while true {
            let progress: HandshakeProgress
            do throws(TLSError) {
                progress = try reader.handshake(rest)
            } catch {
                // The alert that tells the server why is in the queue.
                send()
                throw Failure("handshake: \(error)")
            }
            take(progress.consumed)
            if progress.hasOutput { send() }
            if progress.isComplete { return }
            guard progress.needsInput else { continue }
            if case .truncated(let reason) = try receive(patience: Self.handshakePatience) {
                throw Failure("handshake: \(reason)")
            }
        }
    }

    /// Copies the answer to standard output.
    mutating func run() throws(Failure) -> End {
        while true {
            let progress: ReadProgress
            do throws(TLSError) {
                progress = try reader.read(rest, into: plaintext)
            } catch {
                send()
                throw Failure("receiving: \(error)")
            }
            take(progress.consumed)
            if progress.hasOutput { send() }
            let status = Descriptor.standardOutput.writeAll(
                UnsafeRawBufferPointer(rebasing: plaintext[..<progress.produced])
            )
            guard status == 0 else { throw Failure("standard output", code: Int32(-status)) }
            switch progress.state {
            case .open: continue
            case .closed: return .complete
            case .needsInput:
                if let end = try receive(patience: -1) { return end }
            }
        }
    }

    private var rest: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: ciphertext[unread]) }

    private mutating func take(_ count: Int) { unread = unread.lowerBound + count..<unread.upperBound }

    /// Receives more ciphertext; nil, or the end of the stream.
    private mutating func receive(patience: Int32) throws(Failure) -> End? {
        ciphertext.copyMemory(from: rest)
        unread = 0..<unread.count
        while true {
            let ready = socket.wait(forRoom: isOutputWaiting, milliseconds: patience)
            if isOutputWaiting, ready.hasRoom { send() }
            guard ready.isReadable else {
                if patience < 0 || ready.hasRoom { continue }
                throw Failure("the server is silent")
            }
            let room = UnsafeMutableRawBufferPointer(rebasing: ciphertext[unread.upperBound...])
            let count = socket.receive(into: room)
            guard count > 0 else {
                return .truncated(count == 0 ? "the server closed without close_notify" : Failure.text(Int32(-count)))
            }
            unread = unread.lowerBound..<unread.upperBound + count
            return nil
        }
    }

    /// Sends what reading made the core emit, as far as there is room; the rest goes along with the next send of
    /// either half. Once sending is over (we have sent FIN, or the server is gone) nobody waits for it any more.
    private mutating func send() {
        var code: Int32 = 0
        let socket = socket
        let outcome = reader.flush { ciphertext in
            let sent = socket.sendNow(ciphertext)
            code = sent.code
            return sent.taken
        }
        isOutputWaiting = outcome == .pending && code == EAGAIN
    }
}
