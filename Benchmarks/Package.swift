// swift-tools-version: 6.2
import PackageDescription

// A package of its own, so that what measuring needs never becomes a dependency of the daemon or the library. It stands
// where another program would: it sees the public API of DuplexTLS and HardwareCrypto and nothing else.

let swift: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("ExistentialAny"),
]

let package = Package(
    name: "duplexd-benchmarks",
    dependencies: [
        .package(
            name: "duplexd",
            path: "..",
            traits: Context.environment["TRAITS"] == "off" ? [] : [.defaults]
        ),
        // Without traits: those replace the allocator and the runtime's reference counting, which is not what runs.
        .package(url: "https://github.com/ordo-one/benchmark", from: "1.38.1", traits: []),
    ],
    targets: [
        // a TLS client of libssl whose wire is memory
        .target(name: "CMemoryClient", linkerSettings: [.linkedLibrary("ssl"), .linkedLibrary("crypto")]),
        // a session of the library and that client, face to face
        .target(
            name: "Workbench",
            dependencies: [
                "CMemoryClient",
                .product(name: "DuplexTLS", package: "duplexd"),
                .product(name: "HardwareCrypto", package: "duplexd"),
            ],
            swiftSettings: swift
        ),
        // the same work each time, for scripts/check-counts to count the instructions of
        .executableTarget(name: "counted-work", dependencies: ["Workbench"], swiftSettings: swift),
        // how long a session's lock is held
        .executableTarget(
            name: "lock-hold",
            dependencies: [
                .product(name: "DuplexTLS", package: "duplexd"),
                .product(name: "HardwareCrypto", package: "duplexd"),
            ],
            swiftSettings: swift
        ),
        // what each part of the library costs: make microbench
        .executableTarget(
            name: "Core",
            dependencies: ["Workbench", .product(name: "Benchmark", package: "benchmark")],
            path: "Benchmarks/Core",
            swiftSettings: swift,
            plugins: [.plugin(name: "BenchmarkPlugin", package: "benchmark")]
        ),
    ],
    swiftLanguageModes: [.v6]
)
