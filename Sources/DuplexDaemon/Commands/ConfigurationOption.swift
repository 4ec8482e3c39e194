internal import ArgumentParser

/// `--config FILE`
struct ConfigurationOption: ParsableArguments {
    @Option(name: .customLong("config"), help: ArgumentHelp("The configuration file.", valueName: "file"))
    var path = "/etc/duplexd/duplexd.toml"
}
