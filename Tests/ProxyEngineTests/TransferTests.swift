import DuplexPosix
import DuplexTLS
import Glibc
import ProxyEngine
import TestSupport
import Testing

/// Both directions at once: neither waits for the other.
@Suite struct TransferTests {
    /// Bytes each way.
    private static let size = 96 << 20
    private static let chunk = 48 * 1024 + 13

    /// Each of the four loops stalls once, until the other direction has moved on by far more than the buffers between
    /// the ends hold; a direction that waited for the other would never let it go on.
    private enum Stall {
        /// The client stops reading here, until the backend has received that much.
        static let clientReads = (at: 16 << 20, until: 32 << 20)
        /// The backend stops reading here, until the client has received that much.
        static let backendReads = (at: 40 << 20, until: 56 << 20)
        /// The client stops writing here, until the client has received that much.
        static let clientWrites = (at: 64 << 20, until: 72 << 20)
        /// The backend stops writing here, until the backend has received that much.
        static let backendWrites = (at: 80 << 20, until: 88 << 20)
    }

    @Test(.timeLimit(.minutes(10)), arguments: Worker.allCases, Version.allCases)
    func ninetySixMegabytesEachWayAtOnceArriveThoughEachSideStalls(worker: Worker, version: Version) throws {
        let uploaded = Tally()
        let downloaded = Tally()
        let isUploadSame = Arrival<Bool>()
        let isReplySent = Arrival<Bool>()
        let backend = WatchedBackend { socket in
            socket.keepBuffersSmall()
            let writing = try? Thread(name: "backend writer", stackSize: 1 << 20) {
                var stream = SeededStream(seed: 21)
                let isSent = Self.send(&stream, stall: Stall.backendWrites, on: uploaded) { socket.writeAll($0) }
                socket.finish()
                isReplySent.leave(isSent)
            }
            var stream = SeededStream(seed: 20)
            var isSame = true
            let end = socket.readAll { bytes in
                isSame = stream.matches(bytes) && isSame
                uploaded.add(bytes.count)
                Self.stall(Stall.backendReads, at: stream.position, last: bytes.count, on: downloaded)
            }
            isUploadSame.leave(isSame)
            writing?.join()
            return WatchedBackend.View(bytes: [], end: end)
        }
        let device = try worker.device()
        let proxy = TestProxy(backend: backend.address, device: device)
        let client = try #require(DuplexClient.connect(proxy.address, policy: version.policy, device: device))
        client.socket.keepBuffersSmall()
        let writer = client.writer
        let isUploadSent = Arrival<Bool>()
        let writing = try Thread(name: "client writer", stackSize: 1 << 20) {
            var stream = SeededStream(seed: 20)
            isUploadSent.leave(Self.send(&stream, stall: Stall.clientWrites, on: downloaded) { writer.write($0) })
            writer.close()
        }
        var stream = SeededStream(seed: 21)
        var isSame = true
        var end: TestClient.End?
        while end == nil {
            let (bytes, met) = client.reader.read()
            isSame = stream.matches(bytes) && isSame
            downloaded.add(bytes.count)
            Self.stall(Stall.clientReads, at: stream.position, last: bytes.count, on: uploaded)
            end = met
        }
        #expect(end == .closeNotify)
        #expect(isSame, "the download, byte for byte")
        #expect(stream.position == Self.size)
        #expect(isUploadSent.wait() == true)
        writing.join()
        #expect(backend.view(within: 60)?.end == .finished)
        #expect(isUploadSame.wait() == true, "the upload, byte for byte")
        #expect(uploaded.count == Self.size)
        #expect(isReplySent.wait() == true)
        client.socket.close()
        proxy.expectEnd(.finished, toBackend: Self.size, toClient: Self.size)
    }

    @Test(.timeLimit(.minutes(10)), arguments: Version.allCases)
    func twentyThousandOneByteWritesEachWayAtOnceArriveInOrder(version: Version) throws {
        let count = 20_000
        let backend = WatchedBackend { socket in
            let writing = try? Thread(name: "backend writer", stackSize: 1 << 20) {
                for byte in SeededStream.bytes(count, seed: 31) where !socket.writeAll([byte]) { break }
                socket.finish()
            }
            let view = socket.readView()
            writing?.join()
            return view
        }
        let proxy = TestProxy(backend: backend.address)
        let client = try #require(DuplexClient.connect(proxy.address, policy: version.policy))
        let writer = client.writer
        let writing = try Thread(name: "client writer", stackSize: 1 << 20) {
            for byte in SeededStream.bytes(count, seed: 30) where !writer.write([byte]) { break }
            writer.close()
        }
        let (bytes, end) = client.reader.readAll()
        expectSame(bytes, SeededStream.bytes(count, seed: 31))
        #expect(end == .closeNotify)
        writing.join()
        let view = try #require(backend.view())
        expectSame(view.bytes, SeededStream.bytes(count, seed: 30))
        #expect(view.end == .finished)
        client.socket.close()
        proxy.expectEnd(.finished, toBackend: count, toClient: count)
    }

    /// Sends the whole stream, stalling once. Returns whether all of it was taken and the stall was let go.
    private static func send(
        _ stream: inout SeededStream,
        stall: (at: Int, until: Int),
        on other: Tally,
        _ send: ([UInt8]) -> Bool
    ) -> Bool {
        while stream.position < size {
            let bytes = stream.next(min(chunk, size - stream.position))
            guard send(bytes), Self.stall(stall, at: stream.position, last: bytes.count, on: other) else {
                return false
            }
        }
        return true
    }

    /// At the place of the stall, waits until the other direction has moved as far as it says.
    @discardableResult
    private static func stall(_ stall: (at: Int, until: Int), at position: Int, last: Int, on other: Tally) -> Bool {
        guard position >= stall.at, position - last < stall.at else { return true }
        return Eventually.holds(within: 30) { other.count >= stall.until }
    }
}

extension Socket {
    /// Bounds what the kernel holds at this end, so that a stall of 16 MiB is felt by whoever sends.
    fileprivate func keepBuffersSmall() {
        var size: Int32 = 256 * 1024
        for option in [SO_SNDBUF, SO_RCVBUF] {
            setsockopt(number, SOL_SOCKET, option, &size, socklen_t(MemoryLayout<Int32>.size))
        }
    }
}
