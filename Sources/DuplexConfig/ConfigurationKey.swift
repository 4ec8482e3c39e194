/// The place of a value in a configuration, such as `daemon.admin` or `proxy[1].tls.policy`.
public struct ConfigurationKey: Sendable, Hashable, CustomStringConvertible {
    /// One step from a table or an array to what it holds.
    public enum Element: Sendable, Hashable {
        case name(String)

        /// Counted from 0.
        case index(Int)
    }

    /// The steps from the top of the file; none for the file itself.
    public let elements: [Element]

    public init(_ elements: [Element] = []) {
        self.elements = elements
    }

    /// `daemon.NAME`.
    public static func daemon(_ name: String) -> ConfigurationKey {
        ConfigurationKey([.name("daemon"), .name(name)])
    }

    /// `proxy[INDEX].NAME.NAME…`, where `index` is the proxy's place in `Configuration.proxies`.
    public static func proxy(_ index: Int, _ names: String...) -> ConfigurationKey {
        ConfigurationKey([.name("proxy"), .index(index)] + names.map { .name($0) })
    }

    /// The dotted path, with names quoted where TOML wants that.
    public var description: String {
        var text = ""
        for element in elements {
            switch element {
            case .name(let name): text += (text.isEmpty ? "" : ".") + Self.spelling(of: name)
            case .index(let index): text += "[\(index)]"
            }
        }
        return text
    }

    package func appending(_ name: String) -> ConfigurationKey {
        ConfigurationKey(elements + [.name(name)])
    }

    package func appending(index: Int) -> ConfigurationKey {
        ConfigurationKey(elements + [.index(index)])
    }

    /// The key one step up, or nil at the top.
    var parent: ConfigurationKey? {
        elements.isEmpty ? nil : ConfigurationKey(Array(elements.dropLast()))
    }

    /// The proxy that the key is in, and the path from there; nil outside of `[[proxy]]`.
    var withinProxy: (index: Int, rest: ConfigurationKey)? {
        guard elements.first == .name("proxy"), elements.count > 1, case .index(let index) = elements[1] else {
            return nil
        }
        return (index, ConfigurationKey(Array(elements.dropFirst(2))))
    }

    /// The name of the proxy that the key is in, where `names` has one for it.
    func proxyName(in names: [String]) -> String? {
        guard let index = withinProxy?.index, names.indices.contains(index) else { return nil }
        // The type is written out because TOMLKit adds a subscript to arrays that would fit as well.
        let name: String = names[index]
        return name
    }

    private static func spelling(of name: String) -> String {
        let isBare =
            (1...OperatorText.quotationLimit).contains(name.utf8.count)
            && name.utf8.allSatisfy {
                AddressText.isLetterOrDigit($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_")
            }
        return isBare ? name : OperatorText.quoted(name)
    }
}
