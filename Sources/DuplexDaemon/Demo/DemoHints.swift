internal import DuplexPosix

/// Commands to try against the running demonstration.
struct DemoHints {
    let address: SocketAddress
    let isEmbedded: Bool

    var text: String {
        var lines = ["", "Try, in another terminal:"]
        if let path = address.path {
            lines += [
                "  openssl s_client -unix \(path) -quiet -servername localhost",
                "  curl -k --unix-socket \(path) https://localhost/",
                "  openssl s_client -unix \(path) -quiet -tls1_2",
            ]
        } else {
            lines += [
                "  openssl s_client -connect \(address) -quiet -servername localhost",
                "  curl -k https://\(address)/",
                "  openssl s_client -connect \(address) -quiet -tls1_2",
            ]
        }
        if isEmbedded { lines.append("What you type comes back; a request for a page is answered with one.") }
        lines += ["Each connection leaves a line here when it ends. Ctrl-C stops.", ""]
        return lines.joined(separator: "\n")
    }
}
