import DuplexConfig
import Testing

@Suite("Damaged files")
struct MutationTests {
    @Test("Never crash, and always say what is wrong", .timeLimit(.minutes(5)), arguments: 0..<8)
    func mutations(_ seed: UInt64) throws {
        let samples = [
            withoutComments(try RepositoryFile.read("config/duplexd.toml")),
            ConfigurationText(tls: "alpn = ['h2', \"a\\u0041\"]", more: "[x]\ny = {z=[1,[2.0,'''3''']]}").text,
        ]
        var generator = SplitMix64(state: seed)
        for round in 0..<500 {
            var bytes = Array(samples[round % samples.count].utf8)
            for _ in 0...Int.random(in: 0..<4, using: &generator) { damage(&bytes, &generator) }
            let outcome = parse(bytes: bytes)

            let text = String(decoding: bytes, as: UTF8.self)
            #expect(outcome.problems.allSatisfy { !$0.message.isEmpty && !$0.description.contains("\n") }, "\(text)")
            let isError = outcome.problems.contains { $0.severity == .error }
            #expect((outcome.configuration == nil) == isError, "\(text)")
            #expect((outcome.failure == nil) == !isError, "\(text)")
            if let configuration = outcome.configuration {
                #expect(parse(configuration.effectiveTOML()).configuration == configuration, "\(text)")
            }
        }
    }

    /// One change of a kind that editors, disks and people make.
    private func damage(_ bytes: inout [UInt8], _ generator: inout SplitMix64) {
        guard !bytes.isEmpty else { return }
        let place = Int.random(in: 0..<bytes.count, using: &generator)
        let end = min(bytes.count, place + Int.random(in: 1...12, using: &generator))
        switch Int.random(in: 0..<7, using: &generator) {
        case 0: bytes[place] = UInt8.random(in: 0...255, using: &generator)
        case 1: bytes.removeSubrange(place..<end)
        case 2: bytes.insert(contentsOf: bytes[place..<end], at: place)
        case 3: bytes.removeSubrange(end...)
        case 4: bytes.swapAt(place, Int.random(in: 0..<bytes.count, using: &generator))
        case 5: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
        default:
            let token = Self.tokens[Int.random(in: 0..<Self.tokens.count, using: &generator)]
            bytes.insert(contentsOf: token.utf8, at: place)
        }
    }

    private func withoutComments(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false)
            .map { $0.contains(" = ") ? $0.drop { $0 == "#" || $0 == " " } : $0 }
            .filter { !$0.hasPrefix("#") }
            .joined(separator: "\n")
    }

    private static let tokens = [
        "\"", "\"\"\"", "'", "'''", "[", "]", "[[", "]]", "{", "}", ",", "=", ".", "#", "\n", "\r\n", "\\", "\\u0000",
        "\u{FEFF}", "\t", "1979-05-27", "0x", "1e400", "nan", "true", "a.b = 1\n", "[proxy]", "[[proxy]]\n",
        "[daemon]\n", "99999999999999999999", "\u{1F600}", "[\u{e9}]\n", "[=",
    ]
}

/// A small generator with a seed, so that a failure can be repeated.
///
/// Source: G. L. Steele et al., "Fast Splittable Pseudorandom Number Generators", OOPSLA 2014.
private struct SplitMix64: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
