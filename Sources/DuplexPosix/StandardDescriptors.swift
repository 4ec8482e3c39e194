internal import Glibc

/// Standard input, output and error of the process.
public enum StandardDescriptors {
    /// Opens those that the parent closed on /dev/null. Otherwise the first sockets would get their numbers, and what is
    /// written to standard error would go into a connection.
    public static func `open`() {
        var number: Int32
        repeat { number = Glibc.open("/dev/null", O_RDWR) } while (0...2).contains(number)
        if number >= 0 { close(number) }
    }
}
