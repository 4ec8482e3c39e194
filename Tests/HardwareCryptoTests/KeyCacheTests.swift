#if HardwareCrypto
import CLibCrypto
import CWolfSSLShims
import Testing

@testable import HardwareCrypto

@Suite struct KeyCacheTests {
    /// A key of two parts that stands for itself; what it is converted to does not matter here.
    private struct Sample: Sendable {
        let point: [UInt8]
        let secret: [UInt8]

        init(_ seed: Int, secret: Int? = nil) {
            point = patternBytes(32, seed: seed)
            self.secret = patternBytes(32, seed: secret ?? seed &+ 10_000)
        }

        init(point: [UInt8], secret: [UInt8]) {
            self.point = point
            self.secret = secret
        }

        func key(in cache: KeyCache, kind: KeyMaterial.Kind = .p256, converting: () -> Void = {}) -> CachedKey? {
            point.withUnsafeBytes { point in
                secret.withUnsafeBytes { secret in
                    var material = KeyMaterial(kind)
                    material.append(point)
                    material.append(secret)
                    return cache.key(for: material) {
                        converting()
                        return EVP_PKEY_new()
                    }
                }
            }
        }
    }

    @Test func `a key is converted the first time only`() throws {
        let cache = KeyCache()
        var conversions = 0
        let first = try #require(Sample(1).key(in: cache) { conversions += 1 })
        for _ in 0..<5 {
            #expect(Sample(1).key(in: cache, converting: { conversions += 1 }) === first)
        }
        #expect(conversions == 1)
        #expect(cache.count == 1)
    }

    @Test func `keys with one fingerprint are told apart by what follows it`() throws {
        let cache = KeyCache()
        let prefix = patternBytes(8, seed: 1)
        let first = Sample(point: prefix + [1], secret: [5])
        let others = [
            Sample(point: prefix + [2], secret: [5]), Sample(point: prefix + [1], secret: [6]),
            Sample(point: prefix, secret: [1, 5]), Sample(point: prefix + [1, 5], secret: []),
            Sample(point: prefix + [1], secret: [5, 0]),
        ]
        let known = try #require(first.key(in: cache))
        for (index, other) in others.enumerated() {
            let key = try #require(other.key(in: cache))
            #expect(key.fingerprint == known.fingerprint)
            #expect(key !== known)
            #expect(cache.count == index + 2)
        }
        #expect(first.key(in: cache) === known)
        #expect(first.key(in: cache, kind: .p384) !== known)
    }

    @Test func `two keys that share a coordinate sign each for itself`() throws {
        // k and n - k have the same x, and so the same fingerprint.
        let secret = bytes("c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721")
        let mirrored = bytes("36505626ba458aea94a3dea8984e296c6e9636d2702f0372782f6897ea53be30")
        let keys = try [secret, mirrored].map { secret in
            let key = try WolfECKey(.library, .p256, onlySecret: secret)
            #expect(wc_ecc_make_pub(key.pointer, nil) == 0)
            return try key.copy(for: .device, .p256)
        }
        #expect(try keys[0].parts(.p256).x == keys[1].parts(.p256).x)
        let digest = patternBytes(32, seed: 2)
        for (key, other) in [(keys[0], keys[1]), (keys[1], keys[0])] {
            let signature = try key.sign(digest)
            #expect(try key.copy(for: .library, .p256).verify(signature, digest).isTrue)
            #expect(try !other.copy(for: .library, .p256).verify(signature, digest).isTrue)
        }
    }

    @Test func `the least recently used key makes room`() throws {
        let cache = KeyCache(limit: 3)
        for seed in 1...3 { _ = Sample(seed).key(in: cache) }
        // The first is used again, so the second is the oldest.
        _ = Sample(1).key(in: cache)
        var conversions = 0
        for seed in 4...20 {
            _ = Sample(seed).key(in: cache)
            #expect(cache.count == 3)
            _ = Sample(1).key(in: cache) { conversions += 1 }
        }
        #expect(conversions == 0)
        _ = Sample(2).key(in: cache) { conversions += 1 }
        #expect(conversions == 1)
    }

    @Test func `a key in use outlives the cache's interest in it`() async {
        await #expect(processExitsWith: .success) {
            let cache = KeyCache(limit: 1)
            var used = Sample(1).key(in: cache)
            _ = Sample(2).key(in: cache)
            #expect(CachedKey.liveCount.load(ordering: .relaxed) == 2)
            cache.removeAll()
            #expect(cache.count == 0)
            #expect(CachedKey.liveCount.load(ordering: .relaxed) == 1)
            #expect(used != nil)
            used = nil
            #expect(CachedKey.liveCount.load(ordering: .relaxed) == 0)
        }
    }

    @Test func `a key that libcrypto refuses is not kept`() {
        let cache = KeyCache()
        let part = patternBytes(32, seed: 1)
        part.withUnsafeBytes {
            var material = KeyMaterial(.rsa)
            material.append($0)
            #expect(cache.key(for: material) { nil } == nil)
        }
        #expect(cache.count == 0)
    }

    @Test func `many threads find the same keys, and no more than may be kept`() throws {
        let cache = KeyCache(limit: 4)
        try onManyThreads(8) { thread in
            for round in 0..<400 {
                let seed = (thread + round) % 6
                guard Sample(seed).key(in: cache) != nil, cache.count <= 4 else { throw ThreadFailure() }
                if round % 100 == 99 { cache.removeAll() }
            }
        }
        #expect(cache.count <= 4)
    }

    @Test func `many threads sign with one key at once`() throws {
        let parts = try WolfECKey(generatedBy: .library, .p256).parts(.p256)
        let rsa = try RSATests.key(2_048).privateKey
        try onManyThreads(8) { thread in
            for round in 0..<20 {
                let digest = patternBytes(32, seed: thread * 100 + round)
                let key = try WolfECKey(.device, .p256, x: parts.x, y: parts.y, secret: parts.secret)
                guard try key.verify(key.sign(digest), digest).isTrue else { throw ThreadFailure() }
                guard round % 5 == 0 else { continue }
                let rsaKey = try WolfRSAKey(.device, der: rsa)
                guard try rsaKey.accepts(rsaKey.sign(digest, .pss), digest, .pss) else { throw ThreadFailure() }
            }
        }
    }
}
#endif
