#if HardwareCrypto
import CLibCrypto

/// Room for one computation on a curve: numbers and a point, all wiped when it goes.
struct CurveScratch: ~Copyable {
    /// The `BN_CTX` that the numbers belong to.
    let context: OpaquePointer
    let point: OpaquePointer
    let result: OpaquePointer
    let x: OpaquePointer
    let y: OpaquePointer
    /// Marked as secret, so that libcrypto takes its constant-time ways.
    let scalar: OpaquePointer

    /// `nil` without memory.
    init?(_ curve: NamedCurve) {
        guard let context = BN_CTX_secure_new() else { return nil }
        BN_CTX_start(context)
        guard let x = BN_CTX_get(context), let y = BN_CTX_get(context), let scalar = BN_CTX_get(context),
            let point = EC_POINT_new(curve.group)
        else {
            BN_CTX_end(context)
            BN_CTX_free(context)
            return nil
        }
        guard let result = EC_POINT_new(curve.group) else {
            EC_POINT_free(point)
            BN_CTX_end(context)
            BN_CTX_free(context)
            return nil
        }
        BN_set_flags(scalar, BN_FLG_CONSTTIME)
        self.context = context
        self.point = point
        self.result = result
        self.x = x
        self.y = y
        self.scalar = scalar
    }

    deinit {
        EC_POINT_clear_free(point)
        EC_POINT_clear_free(result)
        BN_CTX_end(context)
        // Clears the numbers that were taken from it.
        BN_CTX_free(context)
    }
}
#endif
