import Synchronization
import Wire

/// What calls have shown of access tokens that nobody can renew, until it is on record.
final class TokenVerdicts: Sendable {
  /// How long no call succeeds after a 401 before that counts as a refusal of the token: some APIs answer 401 where only a
  /// right is missing.
  static let patience = Duration.minutes(1)

  private struct Standing {
    var verdict: KeyUsage.Verdict
    var since: Uptime
  }

  private let standing = Mutex<[String: Standing]>([:])

  /// Takes in what has been heard since, the latest for each connection.
  func hear(_ verdicts: [KeyUsage.Verdict], at now: Uptime) {
    standing.withLock { standing in
      for verdict in verdicts {
        if let known = standing[verdict.connection]?.verdict {
          // What is said of a token that was replaced is no news. A refusal that is said again does not begin its minute anew.
          if verdict.token < known.token { continue }
          if verdict.token == known.token, !known.isTaken, !verdict.isTaken { continue }
        }
        standing[verdict.connection] = Standing(verdict: verdict, since: now)
      }
    }
  }

  /// What may be put on record now.
  func ripe(at now: Uptime) -> [KeyUsage.Verdict] {
    standing.withLock { standing in
      standing.values.filter { $0.verdict.isTaken || now - $0.since >= Self.patience }.map(\.verdict)
    }
  }

  /// Forgets what is on record, unless something newer was heard meanwhile.
  func settle(_ verdict: KeyUsage.Verdict) {
    standing.withLock { standing in
      if standing[verdict.connection]?.verdict == verdict { standing[verdict.connection] = nil }
    }
  }
}
