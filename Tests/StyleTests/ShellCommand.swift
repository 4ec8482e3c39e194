/// One command of a shell block in a Markdown text.
struct ShellCommand {
    /// The last part of the program's path.
    let program: String
    let arguments: [String]

    /// The targets that a `make` command names; none for other programs.
    var makeTargets: [String] {
        guard program == "make" else { return [] }
        return arguments.filter { $0.first?.isLetter == true && !$0.contains("=") }
    }

    /// The commands of all blocks fenced as `sh`, in order.
    static func all(inMarkdown text: String) -> [ShellCommand] {
        text.matches(of: /(?ms)^```sh\n(.*?)^```/).flatMap { commands(inShell: String($0.output.1)) }
    }

    private static func commands(inShell text: String) -> [ShellCommand] {
        text.replacing("\\\n", with: " ")
            .split(separator: "\n")
            // A quoted argument is one word, and what it says names no target.
            .map { $0.replacing(/'[^']*'|"[^"]*"/, with: "quoted").replacing(/(^|\s)#.*/, with: "") }
            .flatMap { $0.split(separator: /&&|\|\||[;|]/) }
            .compactMap { ShellCommand(words: $0.split(separator: " ").map(String.init)) }
    }

    private init?(words: [String]) {
        let isBeforeProgram = { (word: String) in
            word == "$" || word == "sudo" || word.contains(/^[A-Z_]+=/)
        }
        let command = words.drop(while: isBeforeProgram)
        guard let program = command.first?.split(separator: "/").last else { return nil }
        self.program = String(program)
        arguments = Array(command.dropFirst())
    }
}
