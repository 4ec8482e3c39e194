// swift-tools-version: 6.2
import PackageDescription

// A package of its own, which uses DuplexTLS as any other program would. Run by scripts/check-detectors.

let package = Package(
    name: "SanitizerProof",
    dependencies: [.package(name: "duplexd", path: "../..")],
    targets: [
        .executableTarget(name: "SanitizerProof", dependencies: [.product(name: "DuplexTLS", package: "duplexd")])
    ],
    swiftLanguageModes: [.v6]
)
