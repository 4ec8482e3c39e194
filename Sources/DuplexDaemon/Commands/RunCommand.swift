internal import ArgumentParser
internal import DuplexPosix

/// `duplexd run`
struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run the daemon in the foreground (default).",
        discussion: """
            SIGTERM and SIGINT drain: accept no more, let connections finish until drain_timeout, then close them in an
            orderly way; a second one closes at once. SIGHUP reads configuration and certificates anew.
            Exit status: 0 clean end, 64 usage, 66 no configuration file, 69 cannot bind, 71 limit of the system,
            77 permission, 78 configuration.
            """
    )

    @OptionGroup var configuration: ConfigurationOption

    func run() throws {
        Signals.block()
        ProgramEnd.now(Daemon.run(configurationPath: configuration.path))
    }
}
