internal import ArgumentParser
internal import DuplexTLS
internal import HardwareCrypto

/// `duplexd check`
struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Check the configuration, its certificates and keys; list every fault."
    )

    @OptionGroup var configuration: ConfigurationOption

    func run() throws {
        let loaded = LoadedConfiguration(
            path: configuration.path,
            ticketKeys: nil,
            device: HardwareCrypto.status.device
        )
        Operator.tell(loaded.outcome.problems)
        guard let definitions = loaded.definitions else {
            ProgramEnd.now(loaded.outcome.failure.map { ExitStatus($0) } ?? .configuration)
        }
        for definition in definitions {
            let backends = definition.backends.map(\.description).joined(separator: ", ")
            for point in definition.listen {
                Operator.show("proxy \"\(definition.name)\": \(point) to \(backends)")
            }
            if let certificate = definition.context.certificate {
                Operator.show("  certificate \(certificate.words)")
            }
        }
        Operator.show("\(configuration.path): no errors")
        ProgramEnd.now(.success)
    }
}

extension CertificateFacts {
    /// Subject, names and end of validity in one line.
    fileprivate var words: String {
        let names = names.isEmpty ? "no names" : names.joined(separator: ", ")
        let line = "\(subject) (\(names)), valid until \(UTCTime(seconds: notAfter).text)"
        // Text from a certificate must not steer a terminal.
        return LogText.message(line, limit: 1024)
    }
}
