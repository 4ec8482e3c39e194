import DuplexPosix
import DuplexTLS
import Foundation
import ProxyEngine
import TestSupport
import Testing

@Suite("redis-cli --tls through duplexd to a plain redis-server")
struct RedisTests {
    private let redis: RedisServer
    private let folder = TemporaryFolder()

    init() throws { redis = try RedisServer() }

    @Test("SET and GET, to a backend of each kind", arguments: [false, true])
    func setAndGet(isUnix: Bool) throws {
        let proxy = try TestProxy.serving(isUnix ? redis.unixAddress : redis.address)
        let client = RedisClient(proxy: proxy)
        #expect(try client.run(["SET", "name", "duplexd"]).output == "OK\n")
        let answer = try client.run(["GET", "name"])
        #expect(answer.output == "duplexd\n", "\(answer.errors)")
        #expect(answer.status == 0)
        #expect(proxy.nextReport() != nil)
    }

    @Test("redis-cli refuses a certificate of a root that it does not trust, and takes it when told not to look")
    func trust() throws {
        let proxy = try TestProxy.serving(redis.address)
        let program = try Program("redis-cli")
        let connection = ["-h", "127.0.0.1", "-p", proxy.port, "--tls"]
        let distrusting = program.run(
            connection + ["--cacert", try CertificateChain.of(.rsa).rootPath, "PING"]
        )
        #expect(distrusting.status != 0)
        #expect((distrusting.output + distrusting.errors).contains("certificate verify failed"))
        #expect(program.run(connection + ["--insecure", "PING"]).output == "PONG\n")
    }

    @Test("40,000 commands in one pipeline, each answered; then all keys in one long reply", arguments: Worker.allCases)
    func pipeline(worker: Worker) throws {
        let proxy = try TestProxy.serving(redis.address, worker: worker)
        let client = RedisClient(proxy: proxy)
        let count = 40_000
        folder.write("commands", [UInt8]((0..<count).map { "SET key:\($0) value:\($0)\r\n" }.joined().utf8))
        _ = try client.run(["--pipe"], inputPath: folder.path("commands"), outputPath: folder.path("answer"))
        let answer = String(decoding: try #require(folder.read("answer")), as: UTF8.self)
        #expect(answer.contains("errors: 0, replies: \(count)"), "\(answer)")
        #expect(try client.run(["GET", "key:39999"]).output == "value:39999\n")
        #expect(try client.run(["DBSIZE"]).output == "\(count)\n")
        let keys = try client.run(["KEYS", "*"]).output.split(separator: "\n")
        #expect(Set(keys).count == count)
    }

    @Test("A subscriber hears a publisher, both through duplexd")
    func publishAndSubscribe() throws {
        let proxy = try TestProxy.serving(redis.address)
        let client = RedisClient(proxy: proxy)
        let subscriber = try client.start(["SUBSCRIBE", "news"])
        #expect(subscriber.says("subscribe\nnews\n1\n"), "\(subscriber.log)")
        for number in 1...20 {
            #expect(try client.run(["PUBLISH", "news", "item \(number)"]).output == "1\n")
        }
        #expect(subscriber.says("item 20\n"), "\(subscriber.log)")
        let heard = subscriber.log.split(separator: "\n").filter { $0.hasPrefix("item ") }
        #expect(heard == (1...20).map { "item \($0)" })
    }

    @Test("A monitor sees 5,000 commands of another client, in order")
    func monitor() throws {
        let proxy = try TestProxy.serving(redis.address)
        let client = RedisClient(proxy: proxy)
        let monitor = try client.start(["MONITOR"])
        #expect(monitor.says("OK\n"), "\(monitor.log)")
        folder.write("commands", [UInt8]((1...5000).map { "INCRBY sum \($0)\r\n" }.joined().utf8))
        _ = try client.run(["--pipe"], inputPath: folder.path("commands"), outputPath: folder.path("answer"))
        #expect(try client.run(["GET", "sum"]).output == "12502500\n")
        #expect(monitor.says("\"GET\" \"sum\""), "\(monitor.log.suffix(500))")
        let seen = monitor.log.split(separator: "\n").filter { $0.contains("\"INCRBY\"") }
        #expect(seen.count == 5000)
        #expect(seen.first?.hasSuffix("\"1\"") == true)
        #expect(seen.last?.hasSuffix("\"5000\"") == true)
    }

    @Test("A value of 50 MB goes in and comes out unchanged", .timeLimit(.minutes(2)))
    func largeValue() throws {
        let proxy = try TestProxy.serving(redis.unixAddress, worker: .hardware)
        let client = RedisClient(proxy: proxy)
        let size = 50 << 20
        try Bulk.make(folder.path("value"), count: size)
        let stored = try client.run(
            ["-x", "SET", "large"],
            inputPath: folder.path("value"),
            outputPath: folder.path("answer")
        )
        #expect(folder.read("answer") == [UInt8]("OK\n".utf8), "\(stored.errors)")
        #expect(try client.run(["STRLEN", "large"]).output == "\(size)\n")
        _ = try client.run(["--raw", "GET", "large"], outputPath: folder.path("copy"))
        // redis-cli ends what it prints with a line feed.
        let copy = try FileHandle(forUpdating: URL(fileURLWithPath: folder.path("copy")))
        #expect(try copy.seekToEnd() == UInt64(size) + 1)
        try copy.truncate(atOffset: UInt64(size))
        try copy.close()
        #expect(try Bulk.digest(folder.path("copy")) == Bulk.digest(folder.path("value")))
    }
}
