import Testing

@Suite("Programs that the tests need")
struct ProgramTests {
    @Test("A program that is missing fails a test with a sentence that says how to install it")
    func missing() {
        let error = #expect(throws: Program.Missing.self) { try Program("no-such-program") }
        #expect(
            error?.description
                == "no-such-program is not installed; run `scripts/setup build test`, which installs it"
        )
    }
}
