import Glibc

/// The parts of which the spellings of addresses are made.
enum AddressText {
    /// Host and port of `HOST:PORT`; an IPv6 host stands in brackets, which are left out of the result.
    static func hostAndPort(
        _ text: String,
        otherwise spellings: String,
        ports: ClosedRange<UInt16>
    ) throws(AddressError) -> (host: String, port: UInt16) {
        guard let colon = text.lastIndex(of: ":"), colon != text.startIndex else {
            throw AddressError(found: text, accepted: spellings)
        }
        var host = text[..<colon]
        if host.first == "[" {
            guard host.last == "]" else { throw AddressError(found: text, accepted: spellings) }
            host = host.dropFirst().dropLast()
            guard canonicalIPv6(String(host)) != nil else {
                throw AddressError(found: text, accepted: "an IPv6 address inside the brackets, such as \"[::1]\"")
            }
        } else if host.contains(":") {
            throw AddressError(
                found: text,
                accepted: "an IPv6 address in brackets and a port, such as \"[::1]:6380\""
            )
        }
        guard let port = port(text[text.index(after: colon)...]), ports.contains(port) else {
            throw AddressError(
                found: text,
                accepted: "a port from \(ports.lowerBound) to \(ports.upperBound) after the last colon"
            )
        }
        return (String(host), port)
    }

    /// `HOST:PORT`, with an IPv6 host in brackets.
    static func joined(host: String, port: UInt16) -> String {
        host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }

    /// The canonical form of a dotted quad, or nil for anything else.
    static func canonicalIPv4(_ text: String) -> String? {
        var address = in_addr()
        guard inet_pton(AF_INET, text, &address) == 1 else { return nil }
        return presentation(AF_INET, &address)
    }

    /// The canonical form (RFC 5952) of an IPv6 address without a zone, or nil for anything else.
    static func canonicalIPv6(_ text: String) -> String? {
        var address = in6_addr()
        guard inet_pton(AF_INET6, text, &address) == 1 else { return nil }
        return presentation(AF_INET6, &address)
    }

    /// Whether `text` can be a host name: labels of 1 to 63 letters, digits, hyphens and underscores, 253 bytes at
    /// most, and a last label that is not a number, so that a mistyped IPv4 address is not looked up as a name.
    ///
    /// Source: RFC 1123 §2.1; underscores as container networks use them.
    static func isHostName(_ text: String) -> Bool {
        let name = text.utf8.last == UInt8(ascii: ".") ? text.utf8.dropLast() : text.utf8[...]
        guard (1...253).contains(name.count) else { return false }
        let labels = name.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        let areLabelsValid = labels.allSatisfy { label in
            (1...63).contains(label.count)
                && label.allSatisfy { isLetterOrDigit($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") }
                && label.first != UInt8(ascii: "-") && label.last != UInt8(ascii: "-")
        }
        return areLabelsValid && labels.last?.allSatisfy(isDigit) == false
    }

    /// What follows `unix:`, or nil where the text does not begin so.
    static func unixPath(_ text: String) -> String? {
        text.hasPrefix("unix:") ? String(text.dropFirst(5)) : nil
    }

    /// `path` itself, if a Unix socket can have it.
    static func checkedUnixPath(_ path: String, in text: String) throws(AddressError) -> String {
        let isUsable =
            path.hasPrefix("/") && !path.hasSuffix("/")
            && path.utf8.count <= ConfigurationLimits.unixPathByteLimit
            && path.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F }
        guard isUsable else {
            throw AddressError(
                found: text,
                accepted: "\"unix:\" and an absolute path of at most \(ConfigurationLimits.unixPathByteLimit) bytes"
            )
        }
        return path
    }

    /// `name` itself, if the service manager can give it to a descriptor.
    ///
    /// Source: sd_listen_fds_with_names(3): ASCII without control characters and ":", 255 characters at most.
    static func checkedSystemdName(_ name: String, in text: String) throws(AddressError) -> String {
        let isUsable =
            (1...255).contains(name.utf8.count)
            && name.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != UInt8(ascii: ":") }
        guard isUsable else {
            throw AddressError(
                found: text,
                accepted: "\"systemd:\" and a FileDescriptorName of 1 to 255 visible ASCII characters other than \":\""
            )
        }
        return name
    }

    static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }

    /// A decimal port without sign or leading zeros.
    private static func port(_ text: Substring) -> UInt16? {
        guard text.utf8.allSatisfy(isDigit), text == "0" || text.first != "0" else { return nil }
        return UInt16(text)
    }

    private static func presentation(_ family: Int32, _ address: UnsafeRawPointer) -> String? {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(INET6_ADDRSTRLEN)) { buffer in
            guard let text = inet_ntop(family, address, buffer.baseAddress, socklen_t(buffer.count)) else {
                return nil
            }
            return String(cString: text)
        }
    }
}
