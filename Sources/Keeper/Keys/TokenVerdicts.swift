import OAuth
import Store
import Synchronization

/// What calls have shown of access tokens that nobody can renew, until it is on record.
final class TokenVerdicts: Sendable {
  /// How long no call may have succeeded after a 401, before that counts as a refusal of the token: some APIs answer so where a
  /// right is missing.
  static let patience = Duration.minutes(1)

  private let standing = Mutex<[String: KeyUsage.Verdict]>([:])

  /// Takes in what has been heard since, the latest for each connection.
  func hear(_ verdicts: [KeyUsage.Verdict]) {
    standing.withLock { standing in
      for verdict in verdicts {
        if let known = standing[verdict.connection], known.token == verdict.token, !known.isTaken, !verdict.isTaken {
          continue
        }
        standing[verdict.connection] = verdict
      }
    }
  }

  /// What may be put on record now. A wall clock that was set back to before a call makes nobody wait for it.
  func ripe(at now: Timestamp) -> [KeyUsage.Verdict] {
    standing.withLock { standing in
      standing.values.filter { $0.isTaken || now < $0.at || now - $0.at >= Self.patience }
    }
  }

  /// Forgets what is on record, unless something newer was heard meanwhile.
  func settle(_ verdict: KeyUsage.Verdict) {
    standing.withLock { standing in
      if standing[verdict.connection] == verdict { standing[verdict.connection] = nil }
    }
  }
}
