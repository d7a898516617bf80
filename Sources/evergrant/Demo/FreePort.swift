import Web

/// A port that nobody has: the issuer must know its own address before it listens.
enum FreePort {
  static func find() async throws -> Int {
    let probe = try await LoopbackCallback.listen()
    await probe.close()
    return probe.port
  }
}
