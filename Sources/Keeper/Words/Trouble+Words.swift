import Wire

// All that is said of what ails a connection or its client: clauses without a full stop, for the sentences that they stand in.

extension Trouble {
  /// - Parameter title: the provider's.
  package func words(_ title: String) -> String {
    switch self {
    case .unreachable(let reason): "the token endpoint cannot be reached (\(reason))"
    case .unavailable(let words): "the token endpoint is not available (\(words))"
    case .throttled: "the token endpoint asks for a pause"
    case .heldUp: "this machine was too slow to begin in time"
    case .answerLost(let reason): "the answer to a refresh was lost: \(reason)"
    case .suspended(let words): "\(title) has switched it off for now, and says that the approval stands (\(words))"
    case .fault(let words): "a fault of Evergrant's own ended its refresh (\(words))"
    case .accessRefused:
      "the API does not accept its access token any more, and there is no refresh token to get another with"
    case .told(let words): words
    }
  }
}

extension Loss {
  private static let others = "it was revoked there, or another program holds this grant"

  package var words: String {
    switch self {
    case .answerLost(let at, let words):
      "answer lost at \(at.readable): the answer to that refresh was lost, and the provider no longer accepts its token "
        + "(\(words))"
    case .refused(let words):
      "the provider refuses the grant (\(words)), although its token is the newest and no answer was lost: \(Self.others)"
    case .told(let words): words
    }
  }

  package static func words(_ loss: Loss?) -> String { loss?.words ?? "the provider refuses the grant" }

  /// What to do about it, or about a grant that was given up.
  ///
  /// - Parameter renewal: the command that gives it a new approval.
  static func remedy(_ loss: Loss?, _ renewal: String) -> String {
    let approve = "Approve again: \(renewal)"
    guard case .refused? = loss else { return approve }
    return approve
      + ". If nobody took the approval back, find the other program that holds this grant and stop it first, "
      + "or it comes to this again."
  }
}

extension StaleCause {
  package var words: String {
    switch self {
    case .noWitness: "there is no witness beside the database, so it may be an old one"
    case .witnessUnreadable: "the witness cannot be read, so the database may be an old one"
    case .foreignWitness: "the witness belongs to another database"
    case .behindWitness(let count): "the database is older than its witness: \(count) refreshes are missing in it"
    case .behindMachine(let count):
      "the data folder is an old one, or has a double that works: \(count) refreshes are known of outside it that are "
        + "missing in it"
    case .behindMemory: "a running process remembers newer tokens than the database has"
    case .behindSpent: "it holds an older token than one that was spent"
    case .otherMachine: "another machine has worked on this data before, and may have gone on with it"
    case .restored(let backup): "it was restored from the backup \(backup)"
    case .keptFrom(let cause): "the data that it was kept from is an old one too: \(cause.words)"
    case .told(let words): words
    }
  }
}

extension ClientStop {
  package var words: String {
    switch self {
    case .refused(let words): "the provider does not accept the client's id and secret (\(words))"
    case .appReplaced(let words):
      "the provider refuses its tokens (\(words)) since another app was set, and a grant counts for the app that it was "
        + "given to. Set the app of before again, or have its connections approved anew with evergrant reconnect"
    case .secretDoubted(let words, let connection):
      "the provider refuses its tokens (\(words)), which it also does for a wrong client secret. If the secret is right, an "
        + "approval has ended: evergrant reconnect \(connection)"
    case .noEntry(let provider): "there is no entry for the provider \(provider), or its address is missing"
    case .told(let words): words
    }
  }
}
