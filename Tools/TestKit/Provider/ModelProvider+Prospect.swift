import OAuth
import Wire

extension ModelProvider {
  /// What presenting a refresh token at one moment would come to.
  package struct Prospect: Sendable, Equatable {
    package var grant: String
    package var generation: Int
    /// Whether nobody has ended the grant: the person, a new approval under its name, or a replay.
    package var isGrantAlive: Bool
    package var isAnswered: Bool
  }
}

extension ModelProvider.State {
  func prospect(of refreshToken: Secret, at now: Timestamp) -> ModelProvider.Prospect? {
    guard let place = refreshTokens[refreshToken.exposed], let grant = grants[place.grant] else { return nil }
    let isAlive = !grant.isRevoked && grant.approval == place.approval
    let isNewest = place.generation == grant.generation
    let isInTime =
      !(behaviour.refreshWindow.map { window in grant.lastUsedAt.map { now - $0 > window } ?? false } ?? false)
    let isAnswered = isNewest ? isInTime : place.generation == grant.generation - 1 && isPatient(with: grant, at: now)
    return ModelProvider.Prospect(
      grant: place.grant, generation: place.generation, isGrantAlive: isAlive, isAnswered: isAlive && isAnswered)
  }

  /// Whether the token just replaced still gets its successor.
  func isPatient(with grant: ModelGrant, at now: Timestamp) -> Bool {
    switch behaviour.rotation {
    case .none, .strict, .strictFamily: false
    case .tolerant(.untilSuccessorIsUsed): !grant.isSuccessorUsed
    case .tolerant(.grace(let grace)), .forking(let grace): grant.rotatedAt.map { now - $0 <= grace } ?? false
    }
  }
}
