/// One line of what `doctor` found (K30).
package struct Finding: Sendable, Equatable, Codable {
  package enum Verdict: String, Sendable, Codable {
    case ok
    /// Something is to be done about it.
    case problem
    /// Nobody knows: it is no failure.
    case couldNotCheck = "could_not_check"
  }

  package enum Check: String, Sendable, Codable {
    case folder, server, space, key, store, witness, journal, secret, client, redirect, network, clock, lease, doubt,
      quarantine
    case backup
  }

  package var check: Check
  /// The connection, client, address or process that it is about.
  package var subject: String?
  package var verdict: Verdict
  /// What was seen, or why nothing could be.
  package var says: String
  /// What to do about a problem.
  package var remedy: String?

  static func ok(_ check: Check, _ says: String, of subject: String? = nil) -> Finding {
    Finding(check: check, subject: subject, verdict: .ok, says: says)
  }

  static func problem(_ check: Check, _ says: String, of subject: String? = nil, _ remedy: String) -> Finding {
    Finding(check: check, subject: subject, verdict: .problem, says: says, remedy: remedy)
  }

  static func unknown(_ check: Check, _ why: String, of subject: String? = nil) -> Finding {
    Finding(check: check, subject: subject, verdict: .couldNotCheck, says: why)
  }
}

extension Finding {
  /// What is the matter where a server is needed and none runs.
  package static let noServer = problem(
    .server, "No server runs on this data: calls with keys get no answer, and nothing is refreshed.",
    "Start it: sudo systemctl start evergrant, or evergrant serve. What ended it: journalctl -u evergrant")

  /// What is the matter where a server is needed and does not get on with its start.
  package static let longStart = problem(
    .server, "A server is starting on this data, and takes no calls yet.",
    "Wait, and ask again. What it does: journalctl -u evergrant")

  /// What is the matter where a server runs, and does not answer.
  package static func noAnswer(of process: Int32) -> Finding {
    problem(
      .server,
      "The server on this data runs but does not answer, as process \(process): calls with keys get no answer, and it may "
        + "refresh nothing.",
      "If it was stopped, let it go on: sudo kill -CONT \(process). Else start it anew: sudo systemctl restart evergrant. What "
        + "it does: journalctl -u evergrant")
  }
}

/// All that `doctor` found, in the order of what depends on what.
package struct Examination: Sendable, Equatable, Codable {
  /// The version of this form; it rises when a reader of an earlier version would misread it.
  package var version = 1
  package var findings: [Finding]

  package var hasProblem: Bool { findings.contains { $0.verdict == .problem } }
}
