import Wire

// What a job is told when it gets no token.

extension RefreshObstacle {
  var words: String {
    switch self {
    case .lost(let loss): Loss.words(loss)
    case .disconnected: Connection.disconnectedWords
    case .quarantined(let cause): cause.words
    case .client(let stop): stop.words
    case .noRefreshToken: "there is no refresh token for it"
    }
  }
}

extension RefreshMachine.RestReason {
  func words(_ title: String) -> String {
    switch self {
    case .endpoint(let trouble): trouble.words(title)
    case .stopping: "the keeper is stopping"
    case .trouble(let trouble): trouble?.words(title) ?? "its answer was lost"
    case .stale(let cause): cause.words
    }
  }
}

extension RefreshMachine.Ending {
  /// - Parameter now: the connection as memory has it now.
  func words(_ name: String, _ now: CachedConnection?) -> String {
    let title = now?.client.provider.title ?? "the provider"
    return switch self {
    case .settled: "\(name) has no live token."
    case .resting(_, let reason): "\(name) is not refreshed at present: \(reason.words(title))."
    case .heldElsewhere(_, let trouble):
      "Another process is refreshing \(name)\(trouble.map { " (\($0.words(title)))" } ?? ""); its claim ends by itself."
    case .stopped(_, let obstacle):
      "\(name) cannot be refreshed: \(obstacle.words). What to do: evergrant status \(name)"
    case .clientStopped(let row):
      "\(now?.client.stopped?.words ?? "The provider does not accept the client \(row.client)"). "
        + (now?.client.remedy ?? "What to do: evergrant status \(name)")
    case .failed(let after):
      "\(name) has no live token: \((now?.trouble ?? after.trouble)?.words(title) ?? "its refresh failed")."
    case .faulted: "\(name) cannot be refreshed at present: its refresh was ended by a fault of Evergrant's own."
    case .noSlot: "\(name) has no live token, and as many refreshes are under way as the journal has room for."
    case .brokenOff(let words): "\(name) cannot be refreshed: \(words)"
    case .leftInJournal(let words): "\(name) was refreshed and the answer waits in the journal: \(words)"
    case .behind: "\(name) was refreshed and the answer waits in the journal: the database was restored from a backup"
    }
  }
}

extension CachedConnection {
  /// What it needs a person for, and what to do; nil while its grant is good as far as is known.
  var needsPersonWords: String? {
    switch obstacle {
    case .lost?, .disconnected?: break
    case .quarantined?, .client?, .noRefreshToken?, nil: return nil
    }
    let renewal = Client.renewal(of: name, isForKeys: client.isForKeys)
    return "\(name) needs a person: \(obstacle?.words ?? ""). \(Loss.remedy(loss, renewal))"
  }

  /// Why no call goes anywhere, and what to do.
  var noRouteWords: String {
    "\(name) cannot be called: \(client.stopped?.words ?? "\(client.provider.title) has no address"). "
      + "See: evergrant status \(name)"
  }
}

extension Connection {
  package static let disconnectedWords = "disconnected by the operator"

  /// The command that lets calls through again.
  static func resumption(of name: String) -> String { "evergrant resume \(name)" }

  /// What a job is told while its operator lets no call through.
  static func pausedWords(_ name: String, since moment: Timestamp) -> String {
    "\(name) was paused by its operator at \(moment.readable), who lets calls through again with: \(resumption(of: name))"
  }
}

extension Diagnosis {
  /// What is said of a pause; nil where calls are let through.
  package var pause: Situation.Words? {
    evidence.row.pausedAt.map {
      Situation.Words(
        happened: "its operator paused it at \($0.readable(from: evidence.now))",
        next: "Let calls through again: \(Connection.resumption(of: evidence.row.name))")
    }
  }

  /// What to do about something else where calls are paused besides: one does not end the other.
  func besidesPause(_ next: String) -> String {
    guard let pause, evidence.row.state != .disconnected else { return next }
    return "\(next.sentence) Calls are paused besides. \(pause.next)"
  }
}
