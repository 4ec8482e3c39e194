internal import ArgumentParser
internal import DuplexConfig
internal import Glibc

/// `duplexd print-config`
struct PrintConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "print-config",
        abstract: "Print the effective configuration with every default."
    )

    @OptionGroup var configuration: ConfigurationOption

    func run() throws {
        let outcome = Configuration.load(path: configuration.path, checkingFiles: false)
        Operator.tell(outcome.problems)
        guard let effective = outcome.configuration else {
            ProgramEnd.now(outcome.failure.map { ExitStatus($0) } ?? .configuration)
        }
        print(effective.effectiveTOML(), terminator: "")
        ProgramEnd.now(.success)
    }
}
