import DuplexPosix
import TestSupport

extension TestBackend {
    /// What ``greeter()`` says.
    static let greeting = "hello from behind duplexd"

    /// Says its greeting and ends its stream, then takes what comes until the client ends too.
    static func greeter() -> TestBackend {
        TestBackend { socket in
            socket.writeAll([UInt8]((greeting + "\n").utf8))
            socket.finish()
            socket.readAll { _ in }
        }
    }

    /// Says its greeting, waits for the client's first bytes and resets the connection.
    static func resetting() -> TestBackend {
        TestBackend { socket in
            socket.writeAll([UInt8]((greeting + "\n").utf8))
            _ = socket.readSome()
            socket.resetOnClose()
        }
    }
}
