internal import Glibc

/// The end of the process with an exit status.
enum ProgramEnd {
    /// Ends the process at once, after what was printed has been written.
    ///
    /// Without the C library's exit handlers: threads of abandoned connections may still run, and handlers free what
    /// they use (libcrypto's do).
    static func now(_ status: ExitStatus) -> Never {
        fflush(nil)
        _exit(status.rawValue)
    }
}
