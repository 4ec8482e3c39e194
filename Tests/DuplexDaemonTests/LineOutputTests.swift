import DuplexPosix
import Foundation
import Logging
import TestSupport
import Testing

@testable import DuplexDaemon

@Suite("Writing of log lines")
struct LineOutputTests {
    @Test("Lines of many threads never mix")
    func threads() {
        let pipe = Pipe()
        let output = LineOutput(descriptor: pipe.fileHandleForWriting.fileDescriptor, patience: .seconds(20))
        let done = Tally()
        for letter in ["a", "b", "c", "d"] {
            Foundation.Thread {
                for _ in 0..<200 { output.write(String(repeating: letter, count: 3_000)) }
                done.add()
            }.start()
        }
        var received = Data()
        while received.count < 4 * 200 * 3_001, case let data = pipe.fileHandleForReading.availableData, !data.isEmpty {
            received += data
        }
        let lines = received.split(separator: 10)
        #expect(lines.count == 800)
        #expect(lines.allSatisfy { $0.count == 3_000 && Set($0).count == 1 })
        #expect(Eventually.holds { done.count == 4 })
    }

    @Test(
        "A reader that does not read costs one short wait, and the loss is told when it reads again",
        arguments: [
            true, false,
        ]
    )
    func stuckReader(isNonBlocking: Bool) {
        let pipe = Pipe()
        let descriptor = pipe.fileHandleForWriting.fileDescriptor
        if isNonBlocking { _ = fcntl(descriptor, F_SETFL, O_NONBLOCK) }
        let output = LineOutput(descriptor: descriptor, patience: .milliseconds(50))
        let sink = LogSink(level: .info, format: .journal, output: output)
        let logger = sink.logger()
        let begin = MonotonicTime.now
        for _ in 0..<200 { logger.info("\(String(repeating: "x", count: 1_000))") }
        #expect(MonotonicTime.now.since(begin) < .seconds(5))

        var text = String(decoding: pipe.fileHandleForReading.availableData, as: UTF8.self)
        logger.info("again")
        try? pipe.fileHandleForWriting.close()
        text += String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        let lines = text.split(separator: "\n")
        let whole = lines.filter { $0.count == 1_003 }.count
        #expect(lines.dropLast(2).allSatisfy { $0.count == 1_003 })
        #expect(lines.suffix(2) == ["<6>again", "<4>log lines were lost count=\(200 - whole)"])
    }

    @Test("A reader that is gone is no error")
    func noReader() {
        signal(SIGPIPE, SIG_IGN)
        let pipe = Pipe()
        let output = LineOutput(descriptor: pipe.fileHandleForWriting.fileDescriptor, patience: .milliseconds(50))
        try? pipe.fileHandleForReading.close()
        #expect(!output.write("x"))
        #expect(output.takeLostLines() == 1)
        #expect(output.takeLostLines() == 0)
    }

    @Test("A change of level and format holds from the next event on")
    func changes() throws {
        let pipe = Pipe()
        let sink = LogSink(
            level: .info,
            format: .journal,
            output: LineOutput(descriptor: pipe.fileHandleForWriting.fileDescriptor)
        )
        let logger = sink.logger()
        logger.debug("unseen")
        sink.set(level: .debug, format: .json)
        logger.debug("seen", metadata: ["n": .stringConvertible(1)])
        try pipe.fileHandleForWriting.close()
        let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        #expect(text.hasSuffix(#","level":"debug","message":"seen","n":1}"# + "\n"))
        #expect(!text.contains("unseen"))
    }
}
