/// Why a file could not be read as TOML at all.
struct TextFailure: Error, Equatable {
    var category: ConfigurationFailure = .invalid
    var position: SourcePosition?
    var reason: String?
    var found: String?
    var accepted: String?
}
