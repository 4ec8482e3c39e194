/// How a peer's stream ended. Only the first of these means that nothing is missing.
enum StreamEnd: Error, Equatable {
    /// close_notify: authenticated, so it is the peer's own word.
    case closeNotify
    /// FIN without close_notify: anyone on the path can send one.
    case fin
    /// RST: what was still on its way is lost.
    case reset
}
