/// Turns the values of a document into a configuration and collects every problem on the way.
///
/// A value that is wrong is reported and replaced by a default, so that the rest is still checked.
struct ConfigurationReader {
    /// The spelling of "no admin endpoint".
    static let adminOff = "off"

    let file: String
    let folder: String
    let locator: KeyLocator
    private let checkingFiles: Bool

    var problems: [ConfigurationProblem] = []
    private var credentialFiles: [CredentialFiles] = []

    /// The name of each `[[proxy]]`, for its problems.
    private(set) var proxyNames: [String] = []
    private var proxyIndexByName: [String: Int] = [:]
    private var listenConflicts = ListenConflicts()

    /// - Parameter folder: where relative paths in the document start: absolute, without a slash at its end.
    init(file: String, folder: String, locator: KeyLocator, checkingFiles: Bool) {
        self.file = file
        self.folder = folder
        self.locator = locator
        self.checkingFiles = checkingFiles
    }

    /// Reads a whole document.
    mutating func outcome(reading root: [String: TOMLNode]) -> ConfigurationOutcome {
        let key = ConfigurationKey()
        // Before anything else, because every problem inside a proxy carries its name.
        proxyNames = Self.proxyNames(in: root)
        refuseUnknownKeys(of: root, at: key, schema: .root)
        let daemon = readDaemon(table(root, "daemon", at: key, schema: .daemon) ?? [:])
        let proxies = readProxies(root["proxy"])
        return ConfigurationOutcome(
            file: file,
            configuration: Configuration(daemon: daemon, proxies: proxies),
            problems: problems,
            credentialFiles: credentialFiles,
            locator: locator,
            proxyNames: proxyNames
        )
    }

    // MARK: - Tables

    private mutating func readDaemon(_ members: [String: TOMLNode]) -> DaemonConfiguration {
        let key = ConfigurationKey([.name("daemon")])
        let defaults = DaemonConfiguration()
        return DaemonConfiguration(
            logLevel: choice(members, "log_level", at: key) ?? defaults.logLevel,
            logFormat: choice(members, "log_format", at: key) ?? defaults.logFormat,
            maxConnections: integer(members, "max_connections", at: key, in: ConfigurationLimits.maxConnections)
                ?? defaults.maxConnections,
            busyPolling: choice(members, "busy_polling", at: key) ?? defaults.busyPolling,
            drainTimeout: duration(members, "drain_timeout", at: key, in: ConfigurationLimits.drainTimeout)
                ?? defaults.drainTimeout,
            admin: readAdmin(members, at: key)
        )
    }

    private mutating func readAdmin(_ members: [String: TOMLNode], at table: ConfigurationKey) -> ListenAddress? {
        guard let node = members["admin"], node != .string(Self.adminOff) else { return nil }
        let key = table.appending("admin")
        let spellings = #""IP:PORT" such as "127.0.0.1:9180", "unix:/PATH", "off""#
        guard case .string(let text) = node, !text.hasPrefix("systemd:"), text.contains(":") else {
            report(key, found: node.inWords, accepted: spellings)
            return nil
        }
        guard let address = listenAddress(text, at: key) else { return nil }
        refuseConflict(of: address, at: key)
        return address
    }

    private mutating func readProxies(_ node: TOMLNode?) -> [ProxyConfiguration] {
        let key = ConfigurationKey([.name("proxy")])
        switch node {
        case nil:
            report(key, reason: "missing", accepted: "at least one [[proxy]] table")
            return []
        case .array(let elements)? where elements.count > ConfigurationLimits.proxyLimit:
            report(
                key,
                found: "\(elements.count) proxies",
                accepted: "at most \(ConfigurationLimits.proxyLimit)"
            )
            return []
        case .array(let elements)? where !elements.isEmpty:
            return elements.enumerated().compactMap { index, element in
                guard case .table(let members) = element else {
                    report(.proxy(index), found: element.inWords, accepted: "a table, written [[proxy]]")
                    return nil
                }
                return readProxy(members, index: index)
            }
        case let other?:
            report(key, found: other.inWords, accepted: "an array of tables, each written [[proxy]]")
            return []
        }
    }

    private mutating func readProxy(_ members: [String: TOMLNode], index: Int) -> ProxyConfiguration {
        let key = ConfigurationKey.proxy(index)
        refuseUnknownKeys(of: members, at: key, schema: .proxy)
        return ProxyConfiguration(
            name: readName(members, index: index),
            listen: readListen(members, at: key),
            backends: readBackends(members, at: key),
            tls: readTLS(members, index: index),
            timeouts: readTimeouts(members, at: key),
            close: readClose(members, at: key)
        )
    }

    private mutating func readName(_ members: [String: TOMLNode], index: Int) -> String {
        let key = ConfigurationKey.proxy(index, "name")
        let name = proxyNames[index]
        if let node = members["name"], node != .string(name) {
            report(
                key,
                found: node.inWords,
                accepted: "1 to \(ConfigurationLimits.proxyNameByteLimit) letters, digits, \"-\", \"_\" or \".\", "
                    + "the first a letter or digit"
            )
        }
        if let earlier = proxyIndexByName[name] {
            let place = self.place(of: .proxy(earlier, "name"))
            report(key, found: OperatorText.quoted(name), accepted: "a name no other proxy has (see \(place))")
        } else {
            proxyIndexByName[name] = index
        }
        return name
    }

    private mutating func readListen(_ members: [String: TOMLNode], at table: ConfigurationKey) -> [ListenAddress] {
        let texts = strings(
            members,
            "listen",
            at: table,
            spellings: ListenAddress.spellings,
            counts: 1...ConfigurationLimits.addressLimit
        )
        return texts.compactMap { text, key in
            guard let address = listenAddress(text, at: key) else { return nil }
            refuseConflict(of: address, at: key)
            return address
        }
    }

    private mutating func readBackends(_ members: [String: TOMLNode], at table: ConfigurationKey) -> [BackendAddress] {
        let texts = strings(
            members,
            "backend",
            at: table,
            spellings: BackendAddress.spellings,
            counts: 1...ConfigurationLimits.addressLimit
        )
        return texts.compactMap { text, key in
            do throws(AddressError) {
                return try BackendAddress(text)
            } catch {
                report(key, found: OperatorText.quoted(error.found), accepted: error.accepted)
                return nil
            }
        }
    }

    private mutating func readTLS(_ proxy: [String: TOMLNode], index: Int) -> TLSConfiguration {
        let key = ConfigurationKey.proxy(index, "tls")
        let table = table(proxy, "tls", at: .proxy(index), schema: .tls)
        // What is there but no table is one problem, not three.
        guard let members = table ?? (proxy["tls"] == nil ? [:] : nil) else {
            return TLSConfiguration(certificate: "", privateKey: "")
        }
        let certificate = filePath(members, "certificate", at: key)
        let privateKey = filePath(members, "private_key", at: key)
        if checkingFiles { checkFiles(certificate: certificate, privateKey: privateKey, index: index) }
        return TLSConfiguration(
            certificate: certificate ?? "",
            privateKey: privateKey ?? "",
            policy: choice(members, "policy", at: key) ?? .intermediate,
            alpn: readALPN(members, at: key)
        )
    }

    private mutating func readALPN(_ members: [String: TOMLNode], at table: ConfigurationKey) -> [String] {
        let texts = strings(
            members,
            "alpn",
            at: table,
            isRequired: false,
            acceptsString: false,
            spellings: #"a list of protocol names such as ["h2", "http/1.1"]"#,
            counts: 0...ConfigurationLimits.alpnLimit
        )
        var names: [String] = []
        for (name, key) in texts {
            // A comma separates names in wolfSSL's list of protocols.
            let isUsable =
                (1...ConfigurationLimits.alpnNameByteLimit).contains(name.utf8.count)
                && name.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != UInt8(ascii: ",") }
            if !isUsable {
                report(
                    key,
                    found: name.utf8.count > ConfigurationLimits.alpnNameByteLimit
                        ? "\(name.utf8.count) bytes" : OperatorText.quoted(name),
                    accepted: "a protocol name of 1 to \(ConfigurationLimits.alpnNameByteLimit) visible ASCII "
                        + "characters other than \",\""
                )
            } else if names.contains(name) {
                report(key, found: OperatorText.quoted(name), accepted: "each protocol name once")
            }
            names.append(name)
        }
        return names
    }

    private mutating func readTimeouts(
        _ proxy: [String: TOMLNode],
        at parent: ConfigurationKey
    ) -> TimeoutConfiguration {
        let key = parent.appending("timeouts")
        let members = table(proxy, "timeouts", at: parent, schema: .timeouts) ?? [:]
        let defaults = TimeoutConfiguration()
        return TimeoutConfiguration(
            handshake: duration(members, "handshake", at: key, in: ConfigurationLimits.handshake)
                ?? defaults.handshake,
            connect: duration(members, "connect", at: key, in: ConfigurationLimits.connect) ?? defaults.connect,
            idle: duration(members, "idle", at: key, in: ConfigurationLimits.idle) ?? defaults.idle,
            halfClosed: duration(members, "half_closed", at: key, in: ConfigurationLimits.halfClosed)
                ?? defaults.halfClosed
        )
    }

    private mutating func readClose(_ proxy: [String: TOMLNode], at parent: ConfigurationKey) -> CloseConfiguration {
        let key = parent.appending("close")
        let members = table(proxy, "close", at: parent, schema: .close) ?? [:]
        let defaults = CloseConfiguration()
        return CloseConfiguration(
            truncation: choice(members, "truncation", at: key) ?? defaults.truncation,
            truncationGrace: duration(members, "truncation_grace", at: key, in: ConfigurationLimits.truncationGrace)
                ?? defaults.truncationGrace
        )
    }

    // MARK: - Names, addresses and files

    /// The name of each proxy: the one it has, if that can be one, else `proxy-N` by its place, from 1.
    private static func proxyNames(in root: [String: TOMLNode]) -> [String] {
        guard case .array(let proxies)? = root["proxy"] else { return [] }
        return proxies.enumerated().map { index, proxy in
            guard case .table(let members) = proxy, case .string(let name)? = members["name"],
                isProxyName(name)
            else { return "proxy-\(index + 1)" }
            return name
        }
    }

    private static func isProxyName(_ name: String) -> Bool {
        (1...ConfigurationLimits.proxyNameByteLimit).contains(name.utf8.count)
            && name.utf8.allSatisfy { AddressText.isLetterOrDigit($0) || "-_.".utf8.contains($0) }
            && name.utf8.first.map(AddressText.isLetterOrDigit) == true
    }

    private mutating func listenAddress(_ text: String, at key: ConfigurationKey) -> ListenAddress? {
        do throws(AddressError) {
            return try ListenAddress(text)
        } catch {
            report(key, found: OperatorText.quoted(error.found), accepted: error.accepted)
            return nil
        }
    }

    private mutating func refuseConflict(of address: ListenAddress, at key: ConfigurationKey) {
        guard let other = listenConflicts.add(address, at: key) else { return }
        let owner = other.key.proxyName(in: proxyNames).map { "proxy \"\($0)\"" } ?? "\(other.key)"
        report(
            key,
            found: "\"\(address)\"",
            accepted: "an address that is free beside \"\(other.address)\" of \(owner) (\(place(of: other.key)))"
        )
    }

    private mutating func checkFiles(certificate: String?, privateKey: String?, index: Int) {
        var readable: [String] = []
        for (path, name) in [(certificate, "certificate"), (privateKey, "private_key")] {
            guard let path else { continue }
            if let obstacle = ConfigurationFile.obstacle(toReading: path) {
                report(
                    .proxy(index, "tls", name),
                    found: "\(OperatorText.quoted(path)), \(obstacle)",
                    accepted: "a readable PEM file"
                )
            } else {
                readable.append(path)
            }
        }
        if let privateKey, readable.contains(privateKey) { warnOfExposure(of: privateKey, index: index) }
        if readable.count == 2 {
            credentialFiles.append(
                CredentialFiles(proxyIndex: index, certificate: readable[0], privateKey: readable[1])
            )
        }
    }

    /// A private key that every user of the machine can read is no longer private.
    private mutating func warnOfExposure(of path: String, index: Int) {
        guard let mode = ConfigurationFile.permissions(of: path), mode & 0o004 != 0 else { return }
        report(
            .proxy(index, "tls", "private_key"),
            found: "\(OperatorText.quoted(path)) with mode 0\(String(mode, radix: 8)), readable by every user",
            accepted: "mode 0640 or 0600",
            severity: .warning
        )
    }

    /// "line N", or the key where the line is not known.
    private func place(of key: ConfigurationKey) -> String {
        locator.nearestPosition(of: key).map { "line \($0.line)" } ?? "\(key)"
    }
}
