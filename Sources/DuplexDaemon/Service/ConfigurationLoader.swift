internal import DuplexTLS

/// Loads one configuration file, again and again, with what outlives each version of it.
struct ConfigurationLoader {
    let path: String
    let ticketKeys: TicketKeys
    let device: CryptoDevice?

    /// The file and its certificates as they are now.
    func load() -> LoadedConfiguration { LoadedConfiguration(path: path, ticketKeys: ticketKeys, device: device) }
}
