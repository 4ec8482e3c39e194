/// What the program's caller learns: whether what it got is all that the server had to say.
enum ExitStatus: Int32 {
    /// The answer ended with the server's close_notify, and the server took all of the input.
    case clean = 0
    case error = 1
    /// The connection ended without close_notify: the answer may lack its end.
    case truncated = 2
}
