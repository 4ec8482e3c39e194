// swift-tools-version: 6.2
import PackageDescription

// Arrows point one way; see docs/architecture.md.
//   duplexd ─▶ DuplexDaemon ─▶ DuplexConfig
//                   ├────────▶ ProxyEngine ─▶ DuplexTLS ─▶ CWolfSSLShims ─▶ CWolfSSL
//                   │               └───────▶ DuplexPosix
//                   └────────▶ HardwareCrypto ─▶ CHardwareCrypto, CLibCrypto   (trait HardwareCrypto)

let swift: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("ExistentialAny"),
]

let package = Package(
    name: "duplexd",
    products: [
        .executable(name: "duplexd", targets: ["duplexd"]),
        .library(name: "DuplexTLS", targets: ["DuplexTLS"]),
        // What a program gives to DuplexTLS as its CryptoDevice.
        .library(name: "HardwareCrypto", targets: ["HardwareCrypto"]),
    ],
    traits: [
        .default(enabledTraits: ["HardwareCrypto"]),
        .trait(
            name: "HardwareCrypto",
            description: "AES-GCM, RSA, ECDSA, ECDH and X25519 by libcrypto; needs libssl-dev."
        ),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/LebJe/TOMLKit", from: "0.6.0"),
    ],
    targets: [
        .systemLibrary(name: "CWolfSSL", pkgConfig: "wolfssl", providers: [.apt(["libwolfssl-dev"])]),
        .target(name: "CWolfSSLShims", dependencies: ["CWolfSSL"]),
        .systemLibrary(name: "CLibCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),

        .target(name: "CLinux"),
        .target(name: "DuplexLock", dependencies: ["CLinux"], swiftSettings: swift),
        .target(name: "CPages"),
        .target(name: "DuplexPosix", dependencies: ["DuplexLock", "CLinux", "CPages"], swiftSettings: swift),
        .target(name: "DuplexTLS", dependencies: ["DuplexLock", "CWolfSSLShims"], swiftSettings: swift),
        .target(
            name: "CHardwareCrypto",
            dependencies: ["CWolfSSLShims"],
            cSettings: [.define("HARDWARE_CRYPTO", .when(traits: ["HardwareCrypto"]))]
        ),
        .target(
            name: "HardwareCrypto",
            dependencies: [
                "CWolfSSLShims",
                .target(name: "CHardwareCrypto", condition: .when(traits: ["HardwareCrypto"])),
                .target(name: "CLibCrypto", condition: .when(traits: ["HardwareCrypto"])),
            ],
            swiftSettings: swift
        ),
        .target(name: "ProxyEngine", dependencies: ["DuplexTLS", "DuplexPosix", "DuplexLock"], swiftSettings: swift),
        .target(
            name: "DuplexConfig",
            dependencies: [.product(name: "TOMLKit", package: "TOMLKit")],
            swiftSettings: swift
        ),
        .target(
            name: "DuplexDaemon",
            dependencies: [
                "DuplexConfig", "ProxyEngine", "DuplexTLS", "DuplexPosix", "DuplexLock", "HardwareCrypto",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: swift
        ),
        .executableTarget(name: "duplexd", dependencies: ["DuplexDaemon"], swiftSettings: swift),

        .target(
            name: "TestSupport",
            dependencies: ["DuplexTLS", "DuplexPosix", "DuplexLock", "ProxyEngine"],
            path: "Tests/TestSupport",
            swiftSettings: swift
        ),
        .testTarget(name: "DuplexLockTests", dependencies: ["DuplexLock", "DuplexPosix"], swiftSettings: swift),
        .testTarget(
            name: "DuplexPosixTests",
            dependencies: ["DuplexPosix", "CPages", "TestSupport"],
            swiftSettings: swift
        ),
        .testTarget(
            name: "DuplexTLSTests",
            dependencies: ["DuplexTLS", "DuplexPosix", "DuplexLock", "CWolfSSLShims", "TestSupport"],
            swiftSettings: swift
        ),
        .testTarget(
            name: "HardwareCryptoTests",
            dependencies: ["HardwareCrypto", "DuplexTLS", "CWolfSSLShims"],
            swiftSettings: swift
        ),
        .testTarget(
            name: "ProxyEngineTests",
            dependencies: ["ProxyEngine", "HardwareCrypto", "DuplexTLS", "DuplexPosix", "TestSupport"],
            swiftSettings: swift
        ),
        .testTarget(
            name: "HostileTests",
            dependencies: ["ProxyEngine", "HardwareCrypto", "DuplexTLS", "DuplexPosix", "TestSupport", "CWolfSSL"],
            swiftSettings: swift
        ),
        .testTarget(
            name: "RealPartsTests",
            dependencies: ["ProxyEngine", "HardwareCrypto", "DuplexTLS", "DuplexPosix", "TestSupport"],
            swiftSettings: swift
        ),
        .target(
            name: "Schedules",
            dependencies: ["DuplexTLS", "DuplexPosix", "DuplexLock", "TestSupport"],
            path: "Tests/ScheduleTests/Schedules",
            swiftSettings: swift
        ),
        .executableTarget(
            name: "run-schedules",
            dependencies: ["Schedules"],
            path: "Tests/ScheduleTests/Program",
            swiftSettings: swift
        ),
        .testTarget(
            name: "ScheduleTests",
            dependencies: ["Schedules"],
            path: "Tests/ScheduleTests/Tests",
            swiftSettings: swift
        ),
        .executableTarget(
            name: "run-key-updates",
            dependencies: ["ProxyEngine", "HardwareCrypto", "DuplexTLS", "DuplexPosix", "TestSupport", "CWolfSSL"],
            path: "Tests/KeyUpdateLoad/Program",
            swiftSettings: swift
        ),
        .testTarget(name: "StyleTests", swiftSettings: swift),
        .testTarget(name: "DuplexConfigTests", dependencies: ["DuplexConfig"], swiftSettings: swift),
        .testTarget(
            name: "DuplexDaemonTests",
            dependencies: [
                "DuplexDaemon", "duplexd", "DuplexConfig", "ProxyEngine", "DuplexTLS", "DuplexPosix", "DuplexLock",
                "HardwareCrypto", "TestSupport", .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: swift
        ),
    ],
    swiftLanguageModes: [.v6]
)
