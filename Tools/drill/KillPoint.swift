import HostileProvider

/// Where in a refresh a keeper was killed.
enum KillPoint: String, Sendable, CaseIterable, Encodable {
  /// The intent is in the store, and nothing has come to the provider.
  case claimed = "claimed, not sent"
  case received = "received, not committed"
  case committed = "committed, not answered"
  case cut = "answered in part"
  case answered = "answered, not in the journal"
  case journaled = "in the journal, not landed"
  case landed = "landed"

  var isBetweenClaimAndLanding: Bool { self != .landed }

  /// - Parameter stage: how far the request had come at the provider; nil where it had not come.
  init(reached stage: Visit.Stage?) {
    self =
      switch stage {
      case nil: .claimed
      case .received: .received
      case .committed: .committed
      case .halfAnswered: .cut
      case .answered, .ended: .answered
      }
  }
}

/// A refresh that was in the air when its keeper was killed, by what the provider, the store and the journal know of it.
struct Caught: Sendable {
  var connection: String
  var moment: KillPoint
}

extension Yard {
  /// What a kill has hit; asked before anything else happens to the data.
  ///
  /// - Parameters:
  ///   - visits: those that came in the life of the killed process.
  ///   - target: the visit that the kill was meant for, which may have landed.
  func caught(by process: KeeperProcess, visits: ArraySlice<Visit>, target: Int?) async throws -> [Caught] {
    guard let killedAt = process.killedAt else { return [] }
    let journaled = try journaled(by: process.pid)
    let standings = try await standings()
    return standings.compactMap { standing in
      let visit = visits.last { $0.grant == standing.name && $0.at(.received).map { $0 <= killedAt } ?? false }
      if let intent = standing.intent {
        guard intent.process.hasPrefix("\(process.pid)-") else { return nil }
        let own = visit.flatMap { $0.presented == intent.fingerprint ? $0 : nil }
        return Caught(
          connection: standing.name,
          moment: journaled.contains(standing.name) ? .journaled : KillPoint(reached: own?.stage(at: killedAt)))
      }
      guard let visit, visit.number == target, visit.at(.answered).map({ $0 <= killedAt }) ?? false,
        standing.fingerprint == model.newestRefreshToken(of: standing.name)?.fingerprint,
        standing.fingerprint != visit.presented
      else { return nil }
      return Caught(connection: standing.name, moment: .landed)
    }
  }
}
