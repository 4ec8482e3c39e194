internal import ArgumentParser
internal import DuplexConfig
internal import DuplexPosix
internal import ProxyEngine

/// `duplexd demo`
struct DemoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Try it without any files: certificate made on the spot, embedded backend, self-check.",
        discussion: "Serves until Ctrl-C. Exit status: 0, 1 when the self-check fails, else as run."
    )

    @Option(help: ArgumentHelp("Where to listen; a port of the system's choice if it is taken.", valueName: "address"))
    var listen = "127.0.0.1:8443"

    @Option(help: ArgumentHelp("A backend to use instead of the embedded one.", valueName: "address"))
    var backend: String?

    func run() throws {
        let listenPoint: ListenPoint
        var backendPoint: BackendPoint?
        do {
            guard let point = ListenPoint(try ListenAddress(listen)), case .address = point else {
                throw ValidationError("--listen: accepted: \"IP:PORT\" or \"unix:/PATH\"")
            }
            listenPoint = point
            if let backend { backendPoint = BackendPoint(try BackendAddress(backend)) }
        } catch let error as AddressError {
            throw ValidationError("\(error)")
        }
        Signals.block()
        ProgramEnd.now(Demo.run(listen: listenPoint, backend: backendPoint))
    }
}
