// From a configuration file to what the engine takes:
//   1. read, parse and check the file                       DuplexConfig
//   2. read each certificate and key, make a context of it  CredentialCheck
//   3. map each proxy to the engine's terms                 ProxyDefinition
// Every problem of every step is collected; with one error there are no definitions.

internal import DuplexConfig
internal import DuplexTLS
internal import ProxyEngine

/// A configuration file with everything it names, ready for the engine, or all that is wrong with it.
struct LoadedConfiguration {
    /// What the file holds, and every problem, those of its certificates included.
    let outcome: ConfigurationOutcome
    /// One for each proxy, in the order of the file; nil when there is an error.
    let definitions: [ProxyDefinition]?

    /// - Parameters:
    ///   - path: the configuration file.
    ///   - ticketKeys: shared by all contexts of the process, so that tickets outlive a reload; nil where nothing is
    ///     served.
    ///   - device: where cryptography runs; nil: in wolfSSL itself.
    ///   - now: the moment at which certificates have to be valid.
    /// - Thread: any; blocks on the file system.
    init(path: String, ticketKeys: TicketKeys?, device: CryptoDevice?, now: UTCTime = .now) {
        let parsed = Configuration.load(path: path)
        let checks = parsed.credentialFiles.map {
            CredentialCheck(
                files: $0,
                in: parsed,
                proxy: parsed.configuration?.proxies[$0.proxyIndex],
                ticketKeys: ticketKeys,
                device: device,
                now: now
            )
        }
        outcome = parsed.adding(checks.flatMap(\.problems) + Self.unsupported(in: parsed))
        guard let configuration = outcome.configuration else {
            definitions = nil
            return
        }
        let contexts = Dictionary(uniqueKeysWithValues: checks.map { ($0.proxyIndex, $0.context) })
        definitions = configuration.proxies.enumerated().compactMap { index, proxy in
            // Without an error, every proxy has a context.
            contexts[index].flatMap { $0 }.map { ProxyDefinition(proxy, context: $0) }
        }
    }

    private static func unsupported(in outcome: ConfigurationOutcome) -> [ConfigurationProblem] {
        guard let admin = outcome.configuration?.daemon.admin else { return [] }
        return [
            outcome.problem(
                at: .daemon("admin"),
                found: ConfigurationProblem.quoted(admin.description),
                accepted: "\"off\"",
                reason: "duplexd \(Version.number) has no admin endpoint"
            )
        ]
    }
}
