internal import DuplexPosix

/// The program, for its main file.
public enum Program {
    /// Runs the command that the command line names, and ends the process with its exit status.
    public static func main() {
        StandardDescriptors.open()
        DuplexdCommand.main()
    }
}
