internal import ArgumentParser

/// `duplexd`
struct DuplexdCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "duplexd",
        abstract: "A TLS-terminating TCP proxy: TLS in, plain TCP out.",
        version: Version.text,
        subcommands: [RunCommand.self, CheckCommand.self, DemoCommand.self, PrintConfigCommand.self],
        defaultSubcommand: RunCommand.self
    )
}
