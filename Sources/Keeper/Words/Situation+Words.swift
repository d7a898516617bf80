import Wire

extension Situation {
  /// What happened and what to do, each in a sentence or two.
  package struct Words: Sendable, Equatable {
    package var happened: String
    package var next: String
  }
}

extension Diagnosis {
  /// The words for what outranks the rest; nil where all is well.
  package var words: Situation.Words? { chief.map(words) }

  package func words(_ situation: Situation) -> Situation.Words {
    Situation.Words(happened: happened(situation), next: besidesPause(next(situation)))
  }

  private func happened(_ situation: Situation) -> String {
    let row = evidence.row, title = evidence.client.provider.title
    return switch situation {
    case .refused(let loss): Loss.words(loss)
    case .disconnected: Connection.disconnectedWords
    case .quarantined(let quarantine, _, _):
      "it is not refreshed since \(quarantine.at.readable), because its tokens may be older than what \(title) has "
        + "given out: \(quarantine.cause.words)"
    case .clientStopped(let stop): stop.words
    case .sealed: "its tokens do not open with the key file"
    case .rejected(let trouble), .putOff(let trouble): trouble.words(title)
    case .suspended(let trouble): trouble?.words(title) ?? "\(title) has switched it off for now"
    case .answerLost(let doubt, _):
      "the answer to the refresh of \(doubt.at.readable) was lost"
        + (row.trouble.map { ", and since then: \($0.words(title))" } ?? ": the process that sent it has ended")
    case .awaitsTurn(let endpoint):
      "\(endpoint.trouble.words(title)), as \(endpoint.connection) shows, and its turn has not come"
    case .overdue(let since):
      "its refresh has been due since \(since.readable(from: evidence.now)), and nobody has tried"
    case .clockDiffers(let skew):
      "this machine's clock is \(skew.readable) \(skew > .zero ? "behind" : "ahead of") that of \(title)"
    }
  }

  private func next(_ situation: Situation) -> String {
    let name = evidence.row.name, client = evidence.client, title = client.provider.title
    return switch situation {
    case .refused(let loss): Loss.remedy(loss, client.renewal(of: name))
    case .disconnected: "Nothing, unless it shall work again: \(client.renewal(of: name))"
    case .quarantined(let quarantine, let isOffered, let doubt): next(quarantine, isOffered, doubt)
    case .clientStopped: client.remedy
    case .sealed: "Put back the key file that belongs to this data, with every line that it had."
    case .answerLost(_, let holder?):
      "The answer may be with the process \(holder). If that still runs, let it end; if it never comes back: "
        + "evergrant trust \(name) --gone \(holder)"
    case .answerLost where client.provider.toleratesRetry:
      "Nothing: \(title) takes the same token again, and it is presented again \(again)."
    case .answerLost where hasLiveToken:
      "Nothing now: \(title) may end the grant where a token is presented twice, so the access token is used up "
        + "first. It is presented again \(again)."
    case .answerLost:
      "Nothing now: the same token is presented again \(again). If it is refused, status says so."
    case .putOff where hasLiveToken, .awaitsTurn where hasLiveToken:
      "Nothing now: the access token still lives, and it is tried again \(again)."
    case .putOff, .awaitsTurn:
      "Calls fail until it is reached. Check the network to \(title); it is tried again \(again), or at once with: "
        + "evergrant refresh \(name) --force"
    case .suspended:
      "Calls fail until whoever runs \(title) switches it on again; nobody has to approve anew. It is tried again "
        + "\(again), or at once with: evergrant refresh \(name) --force"
    case .overdue:
      "See that the server runs (evergrant serve), and what its log says; or refresh it now: evergrant refresh \(name)"
    case .clockDiffers: "Check this machine's time service; whose clock is right is for you to see."
    case .rejected:
      "See at \(title) whether it is still there, and put a new one in its place: \(client.renewal(of: name))"
    }
  }

  private func next(
    _ quarantine: Connection.Quarantine, _ isOffered: Bool, _ doubt: QuarantineDoubt?
  ) -> String {
    let name = evidence.row.name, title = evidence.client.provider.title, now = evidence.now
    let counts = now + quarantine.rest(at: evidence.moment.uptime)
    let ask =
      "Let \(title) be asked, which spends nothing: evergrant check \(name)"
      + (counts > now ? ", from \(counts.readable(from: now)) on" : "")
    let approve = "Approve again, which is always safe: \(evidence.client.renewal(of: name))"
    return (isOffered ? "Newer tokens are at hand, which this takes: evergrant trust \(name) --offered. " : "")
      + (doubt.map { "A check cannot tell: \($0.words(title, now: now)). \(approve)" } ?? ask)
      + ". What each choice risks: evergrant trust --help"
  }

  /// When it is tried next.
  private var again: String {
    schedule.dueAt.flatMap { $0 > evidence.now ? "at \($0.readable(from: evidence.now))" : nil } ?? "in a moment"
  }
}

extension QuarantineDoubt {
  func words(_ title: String, now: Timestamp) -> String {
    switch self {
    case .refused: "nobody here holds the newest token: the provider no longer accepts the one that is left"
    case .notAtHand: "nobody here holds the newest token: it is known of, and not at hand"
    case .nothingToAsk: "\(title) cannot be asked in a way that would tell: it has nothing to ask that spends nothing"
    case .olderLiveOn:
      "\(title) cannot be asked in a way that would tell: it lets older access tokens live on, so that one works proves "
        + "nothing"
    case .ended(nil): "no access token is at hand"
    case .ended(let until?):
      "the newest access token at hand \(until <= now ? "has ended" : "ends before a check counts")"
    case .sealed: "the newest access token at hand does not open with the key file"
    }
  }
}
