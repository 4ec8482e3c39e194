import Testing

@Suite("Commands in the papers")
struct PaperTests {
    static let papers = ["README.md", "CONTRIBUTING.md", "docs/operations.md", "docs/performance.md"]

    @Test("Each make target and duplexd command that a paper shows exists", arguments: papers)
    func commandsExist(paper: String) throws {
        let commands = try ShellCommand.all(inMarkdown: SourceTree.text(paper))
        let targets = try makeTargets()
        let subcommands = try daemonCommands()
        for command in commands {
            switch command.program {
            case "make":
                for target in command.makeTargets {
                    #expect(targets.contains(target), "\(paper): make \(target)")
                }
            case "duplexd":
                if let subcommand = command.arguments.first, !subcommand.hasPrefix("-") {
                    #expect(subcommands.contains(subcommand), "\(paper): duplexd \(subcommand)")
                }
            default: break
            }
        }
    }

    @Test("README shows how to run and how to test")
    func readmeShowsTheTwoCommands() throws {
        let shown = try ShellCommand.all(inMarkdown: SourceTree.text("README.md")).flatMap(\.makeTargets)
        #expect(shown.contains("run"))
        #expect(shown.contains("test"))
    }

    @Test("Commands are read from fenced shell blocks only")
    func shellBlocks() {
        let text = """
            make prose
            ```sh
            $ sudo make install DESTDIR=/x PREFIX=/usr  # make nothing
            A=1 ./bin/duplexd check \\
              --config f && make -j 2 test ARGS='--filter one' | tail
            ```
            ```toml
            make = "toml"
            ```
            """
        let commands = ShellCommand.all(inMarkdown: text)
        #expect(commands.map(\.program) == ["make", "duplexd", "make", "tail"])
        #expect(commands.map(\.makeTargets) == [["install"], [], ["test"], []])
        #expect(commands[1].arguments == ["check", "--config", "f"])
    }

    private func makeTargets() throws -> Set<String> {
        Set(try SourceTree.text("Makefile").matches(of: /(?m)^([a-z][a-z-]*):/).map { String($0.output.1) })
    }

    /// The names that the argument parser is told, and `help`, which it has by itself.
    private func daemonCommands() throws -> Set<String> {
        let code = try SourceTree.files(below: "Sources/DuplexDaemon", extensions: ["swift"])
            .map { try CodeText(SourceTree.text($0)).withoutComments }
        return Set(code.flatMap { $0.matches(of: /commandName:\s*"([a-z-]+)"/).map { String($0.output.1) } } + ["help"])
    }
}
