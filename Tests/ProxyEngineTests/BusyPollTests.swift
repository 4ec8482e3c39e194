import DuplexPosix
import DuplexTLS
import TestSupport
import Testing

@testable import ProxyEngine

@Suite struct BusyPollTests {
    private static let limit = Duration.microseconds(200)

    /// A client that asks and a backend that answers, again and again.
    private struct Conversation {
        var poll = BusyPoll(limit: BusyPollTests.limit)
        private var request: UInt64 = 0

        /// One reply, which comes after so long. Returns how it was waited for.
        @discardableResult
        mutating func exchange(
            asleep: Duration,
            polled: Duration,
            pieces: [Int] = [64],
            isAsked: Bool = true
        ) -> BusyPoll.Way {
            if isAsked { request += 1 }
            let way = poll.way
            for (index, piece) in pieces.enumerated() {
                let time = index > 0 ? .zero : poll.way == .polling ? polled : asleep
                if poll.way == .polling, time > BusyPollTests.limit { poll.missed() }
                poll.received(piece, after: poll.isTimed ? time.wholeNanoseconds : nil, request: request)
            }
            return way
        }

        /// How many of so many replies were polled for.
        mutating func polls(of count: Int, asleep: Duration, polled: Duration, pieces: [Int] = [64]) -> Int {
            (0..<count).count { _ in exchange(asleep: asleep, polled: polled, pieces: pieces) == .polling }
        }
    }

    /// The first reply makes it a conversation; then so many are waited for asleep before polling is tried.
    private static let beforeTrial = 1 + BusyPoll.sampleCount

    @Test func `polling that shortens the wait by an eighth is kept, and both ways are compared again after a term`() {
        var conversation = Conversation()
        let (asleep, polled) = (Duration.microseconds(80), Duration.microseconds(70))
        #expect(conversation.polls(of: Self.beforeTrial, asleep: asleep, polled: polled) == 0)
        let kept = BusyPoll.sampleCount + BusyPoll.term
        #expect(conversation.polls(of: kept, asleep: asleep, polled: polled) == kept)
        #expect(conversation.polls(of: BusyPoll.sampleCount, asleep: asleep, polled: polled) == 0)
        #expect(conversation.polls(of: 100, asleep: asleep, polled: polled) == 100)
    }

    @Test func `polling that shortens the wait by less is given up, each time for twice as long`() {
        var conversation = Conversation()
        let (asleep, polled) = (Duration.microseconds(80), Duration.microseconds(71))
        #expect(conversation.polls(of: Self.beforeTrial, asleep: asleep, polled: polled) == 0)
        var pause = BusyPoll.shortestPause
        for _ in 0..<14 {
            #expect(
                conversation.polls(of: BusyPoll.sampleCount, asleep: asleep, polled: polled) == BusyPoll.sampleCount
            )
            #expect(conversation.polls(of: pause + BusyPoll.sampleCount, asleep: asleep, polled: polled) == 0)
            pause = min(2 * pause, BusyPoll.longestPause)
        }
        #expect(pause == BusyPoll.longestPause)
    }

    @Test func `a few waits out of the ordinary decide nothing`() {
        var conversation = Conversation()
        for number in 0..<Self.beforeTrial + BusyPoll.sampleCount {
            let isOdd = number % 8 == 5
            conversation.exchange(
                asleep: .microseconds(isOdd ? 5 : 80),
                polled: .microseconds(isOdd ? 190 : 40)
            )
        }
        #expect(conversation.polls(of: 100, asleep: .microseconds(80), polled: .microseconds(40)) == 100)
    }

    @Test func `what varies by chance is hardly ever taken for a gain`() {
        var conversation = Conversation()
        let numbers = SeededStream.bytes(200_000, seed: 91)
        // Between 40 and 168 us, however it is waited for.
        let polls = numbers.count { number in
            let time = Duration.microseconds(40 + Int(number) / 2)
            return conversation.exchange(asleep: time, polled: time) == .polling
        }
        #expect(polls < 10_000)
    }

    @Test func `a gain is found though waits vary`() {
        var conversation = Conversation()
        let numbers = SeededStream.bytes(20_000, seed: 92)
        let polls = numbers.count { number in
            let vary = Duration.microseconds(Int(number) / 8)
            return conversation.exchange(asleep: .microseconds(75) + vary, polled: .microseconds(40) + vary) == .polling
        }
        #expect(polls > 19_000)
    }

    @Test func `somebody else who takes the processor ends polling, each time for twice as long`() {
        var conversation = Conversation()
        let (asleep, polled) = (Duration.microseconds(80), Duration.microseconds(40))
        _ = conversation.polls(of: Self.beforeTrial, asleep: asleep, polled: polled)
        var pause = BusyPoll.shortestPause
        for _ in 0..<5 {
            #expect(conversation.polls(of: 100, asleep: asleep, polled: polled) == 100)
            conversation.poll.wasCrowdedOut()
            #expect(conversation.polls(of: pause + BusyPoll.sampleCount, asleep: asleep, polled: polled) == 0)
            pause *= 2
        }
        // A whole term makes the next pause half as long.
        let kept = BusyPoll.sampleCount + BusyPoll.term
        #expect(conversation.polls(of: kept, asleep: asleep, polled: polled) == kept)
        #expect(conversation.polls(of: BusyPoll.sampleCount, asleep: asleep, polled: polled) == 0)
        conversation.poll.wasCrowdedOut()
        #expect(conversation.polls(of: pause / 2 + BusyPoll.sampleCount, asleep: asleep, polled: polled) == 0)
        #expect(conversation.polls(of: 100, asleep: asleep, polled: polled) == 100)
    }

    @Test func `what a poll cannot reach is not tried`() {
        var conversation = Conversation()
        #expect(conversation.polls(of: 100_000, asleep: .microseconds(401), polled: .microseconds(10)) == 0)
    }

    @Test func `polls in vain end a trial, and the trials become rare`() {
        var conversation = Conversation()
        let polls = conversation.polls(of: 1_000_000, asleep: .microseconds(400), polled: .microseconds(400))
        // Ten trials before pauses of 64, 128, … 32,768 replies, 65,472 together; then one for 65,536 replies.
        #expect(polls == (BusyPoll.missesOfTrial + 1) * 25)
    }

    @Test func `a conversation that becomes slow is polled no more`() {
        var conversation = Conversation()
        _ = conversation.polls(of: 100, asleep: .microseconds(80), polled: .microseconds(40))
        #expect(conversation.polls(of: 1000, asleep: .milliseconds(3), polled: .milliseconds(3)) == 5)
    }

    @Test func `a slow reply now and then ends nothing`() {
        var conversation = Conversation()
        _ = conversation.polls(of: Self.beforeTrial, asleep: .microseconds(80), polled: .microseconds(40))
        var polls = 0
        for number in 0..<2000 {
            let polled = Duration.microseconds(number % 10 == 9 ? 900 : 40)
            if conversation.exchange(asleep: .microseconds(80), polled: polled) == .polling { polls += 1 }
        }
        #expect(polls == 2000)
    }

    @Test(arguments: [[100, 60], [RecordLayer.plaintextLimit, RecordLayer.plaintextLimit]])
    func `a reply may come in two pieces`(pieces: [Int]) {
        var conversation = Conversation()
        let (asleep, polled) = (Duration.microseconds(80), Duration.microseconds(40))
        #expect(conversation.polls(of: Self.beforeTrial, asleep: asleep, polled: polled, pieces: pieces) == 0)
        #expect(conversation.polls(of: 100, asleep: asleep, polled: polled, pieces: pieces) == 100)
    }

    @Test(arguments: [[100, 60, 10], [RecordLayer.plaintextLimit + 1]])
    func `longer replies are no conversation`(pieces: [Int]) {
        var conversation = Conversation()
        #expect(
            conversation.polls(of: 10_000, asleep: .microseconds(80), polled: .microseconds(40), pieces: pieces) == 0
        )
        #expect(!conversation.poll.isTimed)
    }

    @Test func `what comes without having been asked for is no conversation`() {
        var conversation = Conversation()
        _ = conversation.polls(of: 100, asleep: .microseconds(80), polled: .microseconds(40))
        let ways = (0..<100).map { _ in
            conversation.exchange(asleep: .microseconds(80), polled: .microseconds(40), isAsked: false)
        }
        #expect(ways.filter { $0 == .polling }.count == 2)
        #expect(!conversation.poll.isTimed)
    }

    @Test func `the first reply after a silence is waited for asleep`() {
        var conversation = Conversation()
        _ = conversation.polls(of: 100, asleep: .microseconds(80), polled: .microseconds(40))
        conversation.poll.fellSilent()
        #expect(conversation.exchange(asleep: .seconds(1), polled: .seconds(1)) == .asleep)
        #expect(conversation.polls(of: 100, asleep: .microseconds(80), polled: .microseconds(40)) == 100)
    }

    @Test(arguments: [(1, 2), (2, 2), (3, 2), (4, 4), (64, 64)])
    func `polls are allowed while the moving directions leave half of the processors`(processors: Int, most: Int) {
        let permission = PollPermission(processors: processors, duration: Self.limit)
        for _ in 0..<most { permission.directionMoves() }
        #expect(permission.isGranted)
        permission.directionMoves()
        #expect(!permission.isGranted)
        permission.directionRests()
        #expect(permission.isGranted)
        permission.set(false)
        #expect(!permission.isGranted)
    }

    @Test(arguments: [(900, false), (1100, true), (4000, true)])
    func `a turn of a poll that takes a slice was somebody else's`(microseconds: Int, isCrowdedOut: Bool) {
        let permission = PollPermission(processors: 2, duration: Self.limit)
        let start = MonotonicTime.now
        let end = start.advanced(by: .microseconds(microseconds))
        #expect(permission.isCrowdedOut(from: start, to: end) == isCrowdedOut)
        #expect(!permission.isCrowdedOut(from: end, to: start))
    }

    @Test(arguments: [(0.5, 0), (1.9, 0), (2, 2), (3.5, 2), (64, 8), (1e19, 8)])
    func `under a quota of processor time polls leave half of it`(quota: Double, most: Int) {
        let permission = PollPermission(processors: 8, quota: quota, duration: Self.limit)
        for _ in 0..<most { permission.directionMoves() }
        #expect(permission.isGranted)
        permission.directionMoves()
        #expect(!permission.isGranted)
    }
}
