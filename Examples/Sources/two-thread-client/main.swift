// A TLS client that sends standard input and writes the answer at the same time, by two threads that share one session.
// Read in this order: Client (the two threads), Upload, Download; the rest is plumbing.

import Glibc

// A closed pipe behind standard output is an error to report, not a signal to die of.
signal(SIGPIPE, SIG_IGN)

do throws(Failure) {
    guard let options = try Options.parse(Array(CommandLine.arguments.dropFirst())) else {
        print(Options.usage)
        exit(ExitStatus.clean.rawValue)
    }
    exit(try Client(options: options).run().rawValue)
} catch {
    say("\(error)")
    exit(ExitStatus.error.rawValue)
}
