// swift-tools-version: 6.2
import PackageDescription

// A package of its own, so that what an example needs never becomes a dependency of the library. It stands where
// another program would: it sees the public API of DuplexTLS and nothing else.

let swift: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("ExistentialAny"),
]

let package = Package(
    name: "duplexd-examples",
    dependencies: [
        // Without traits: the examples need no libcrypto.
        .package(name: "duplexd", path: "..", traits: [])
    ],
    targets: [
        // dials a server: standard input out, the answer in, at the same time
        .executableTarget(
            name: "two-thread-client",
            dependencies: [.product(name: "DuplexTLS", package: "duplexd")],
            swiftSettings: swift
        ),
        // the code of the documentation's pages, which scripts/check-docs compares and runs
        .executableTarget(
            name: "Snippets",
            dependencies: [.product(name: "DuplexTLS", package: "duplexd")],
            swiftSettings: swift
        ),
    ],
    swiftLanguageModes: [.v6]
)
