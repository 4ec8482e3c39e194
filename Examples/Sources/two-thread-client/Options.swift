import DuplexTLS

/// The command line.
struct Options {
    var host = ""
    var port = ""
    var trust = ClientSettings.Trust.system
    /// The name to ask for and to demand in the certificate.
    var name = ""

    static let usage = """
        usage: two-thread-client [--ca FILE] [--name NAME] [--insecure] HOST PORT

        Sends standard input to a TLS server and writes its answer to standard output, both at the same time.

          --ca FILE     trust the certificate authorities in this PEM file instead of the system's
          --name NAME   ask for NAME and demand a certificate for it; HOST when absent
          --insecure    do not verify the server's certificate

        exit status: 0 all was sent and the answer is complete, 1 error, 2 the answer was cut off
        """

    /// - Returns: nil when the usage is asked for.
    static func parse(_ arguments: [String]) throws(Failure) -> Options? {
        var options = Options()
        var places: [String] = []
        var isInsecure = false
        var file: String?
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            switch argument {
            case "--help": return nil
            case "--insecure": isInsecure = true
            case "--ca": file = try value(of: argument, from: &rest)
            case "--name": options.name = try value(of: argument, from: &rest)
            case _ where argument.hasPrefix("-"):
                throw Failure("\(argument) is unknown; accepted: --ca FILE, --name NAME, --insecure, --help")
            default: places.append(argument)
            }
        }
        guard places.count == 2 else { throw Failure("HOST and PORT are needed\n\n\(usage)") }
        (options.host, options.port) = (places[0], places[1])
        if options.name.isEmpty { options.name = options.host }
        switch (isInsecure, file) {
        case (true, nil): options.trust = .anyone
        case (false, let file?): options.trust = .anchors(try Descriptor.content(of: file))
        case (true, _?): throw Failure("--ca and --insecure exclude each other")
        case (false, nil): break
        }
        return options
    }

    private static func value(of option: String, from rest: inout ArraySlice<String>) throws(Failure) -> String {
        guard let value = rest.popFirst() else { throw Failure("\(option) needs a value") }
        return value
    }
}
