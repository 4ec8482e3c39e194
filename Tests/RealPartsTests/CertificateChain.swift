import DuplexTLS
import Foundation
import TestSupport

/// A root, an intermediate and a leaf for `localhost` and `other.test`, all of one kind, made by the `openssl` command
/// once a test process.
struct CertificateChain: Sendable {
    /// Leaf and intermediate, and the leaf's key: what a proxy is given.
    let identity: TLSIdentity
    /// The root's path: what a client is given, and all it trusts.
    let rootPath: String

    /// Lives as long as the process, as the chains do; removed when it exits.
    private static let base: TemporaryFolder = {
        atexit { try? FileManager.default.removeItem(atPath: CertificateChain.base.path("")) }
        return TemporaryFolder()
    }()

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    private static let ecdsa = Result { try CertificateChain(.ecdsa) }
    private static let rsa = Result { try CertificateChain(.rsa) }
    private static let ed25519 = Result { try CertificateChain(.ed25519) }

    static func of(_ kind: TestIdentity.Kind) throws -> CertificateChain {
        switch kind {
        case .ecdsa: try ecdsa.get()
        case .rsa: try rsa.get()
        case .ed25519: try ed25519.get()
        }
    }

    private init(_ kind: TestIdentity.Kind) throws {
        let folder = Self.base.path(kind.rawValue)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        rootPath = folder + "/root.pem"
        // Nothing of the system's openssl.cnf: it would add extensions of its own.
        try Data("[req]\ndistinguished_name = name\n[name]\n".utf8).write(
            to: URL(fileURLWithPath: folder + "/openssl.cnf")
        )
        try Self.make(
            "root",
            kind,
            in: folder,
            issuer: nil,
            ["basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign"]
        )
        try Self.make(
            "intermediate",
            kind,
            in: folder,
            issuer: "root",
            ["basicConstraints=critical,CA:TRUE,pathlen:0", "keyUsage=critical,keyCertSign"]
        )
        try Self.make(
            "leaf",
            kind,
            in: folder,
            issuer: "intermediate",
            [
                "basicConstraints=critical,CA:FALSE", "keyUsage=critical,digitalSignature,keyEncipherment",
                "extendedKeyUsage=serverAuth", "subjectAltName=DNS:localhost,DNS:other.test,IP:127.0.0.1",
            ]
        )
        guard let leaf = FileManager.default.contents(atPath: folder + "/leaf.pem"),
            let intermediate = FileManager.default.contents(atPath: folder + "/intermediate.pem"),
            let key = FileManager.default.contents(atPath: folder + "/leaf.key")
        else { throw Failure(description: "openssl wrote no certificates") }
        identity = TLSIdentity(certificateChain: Array(leaf + intermediate), privateKey: Array(key))
    }

    private static func make(
        _ name: String,
        _ kind: TestIdentity.Kind,
        in folder: String,
        issuer: String?,
        _ extensions: [String]
    ) throws {
        let algorithm =
            switch kind {
            case .ecdsa: ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]
            case .rsa: ["-newkey", "rsa:2048"]
            case .ed25519: ["-newkey", "ed25519"]
            }
        let signer = issuer.map { ["-CA", folder + "/" + $0 + ".pem", "-CAkey", folder + "/" + $0 + ".key"] } ?? []
        // A leaf of RSA alone may encipher keys.
        let fitting = kind == .rsa ? extensions : extensions.map { $0.replacing(",keyEncipherment", with: "") }
        let result = try Program("openssl").run(
            ["req", "-x509", "-nodes", "-days", "30", "-config", folder + "/openssl.cnf"]
                + ["-subj", "/CN=duplexd test \(name)", "-keyout", folder + "/" + name + ".key"]
                + ["-out", folder + "/" + name + ".pem"] + algorithm + signer + fitting.flatMap { ["-addext", $0] }
        )
        guard result.status == 0 else { throw Failure(description: "openssl req: \(result.errors)") }
    }
}
