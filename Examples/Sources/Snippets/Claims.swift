/// Counts which of the pages' claims hold.
struct Claims {
    private(set) var held = 0
    private(set) var broken = 0

    mutating func check(_ claim: String, _ isTrue: () throws -> Bool) {
        let outcome = Result(catching: isTrue)
        if case .success(true) = outcome {
            held += 1
            print("ok      \(claim)")
        } else {
            broken += 1
            print("FAILED  \(claim): \(outcome)")
        }
    }
}
