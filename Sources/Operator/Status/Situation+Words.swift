import OAuth
import Store

extension Situation {
  /// What happened and what to do, each in a sentence or two.
  struct Words: Sendable, Equatable {
    var happened: String?
    var next: String?

    init(_ situation: Situation, _ row: Connection, client: Client, _ facts: Facts) {
      let now = facts.now, isServed = facts.isServed
      let name = row.name, title = client.provider.title
      let again = facts.dueAt.map { $0 > now ? "at \($0.readable(from: now))" : "in a moment" } ?? "in a moment"
      switch situation {
      case .fine: break
      case .disconnected:
        happened = row.reason ?? "disconnected by the operator"
        next = "Nothing, unless it shall work again: \(client.renewal(of: name))"
      case .refused(let reason):
        happened = reason
        next = RefusalDiagnosis.remedy(reason, name)
      case .quarantined(let quarantine, let isOffered, let doubt):
        happened =
          "it is not refreshed since \(quarantine.at.readable), because its tokens may be older than what \(title) has "
          + "given out: \(quarantine.reason)"
        let counts = now + quarantine.rest(at: facts.uptime)
        let ask = "Let \(title) be asked, which spends nothing: evergrant check \(name)"
        let approve = "Approve again, which is always safe: \(client.renewal(of: name))"
        next =
          (isOffered ? "Newer tokens are at hand, which this takes: evergrant trust \(name) --offered. " : "")
          + (doubt.map { "A check cannot tell: \($0.words(title, now: now)). \(approve)" }
            ?? ask + (counts > now ? ", from \(counts.readable(from: now)) on" : ""))
          + ". What each choice risks: evergrant trust --help"
      case .clientStopped(let words):
        happened = words
        next = client.remedy
      case .sealed:
        happened = "its tokens do not open with the key file"
        next = "Put back the key file that belongs to this data, with every line that it had."
      case .answerLost(let doubt, let holder):
        happened =
          "the answer to the refresh of \(doubt.at.readable) was lost"
          + (row.trouble.map { ", and since then: \($0)" } ?? ": the process that sent it has ended")
        if let holder {
          next =
            "The answer may be with the process \(holder). If that still runs, let it end; if it never comes back: "
            + "evergrant trust \(name) --gone \(holder)"
        } else if client.provider.toleratesRetry {
          next = "Nothing: \(title) takes the same token again, and it is presented again \(again)."
        } else if isServed {
          next =
            "Nothing now: \(title) may end the grant where a token is presented twice, so the access token is used up "
            + "first. It is presented again \(again)."
        } else {
          next = "Nothing now: the same token is presented again \(again). If it is refused, status says so."
        }
      case .putOff(let words):
        happened = words
        next =
          isServed
          ? "Nothing now: the access token still lives, and it is tried again \(again)."
          : "Calls fail until it is reached. Check the network to \(title); it is tried again \(again), or at once with: "
            + "evergrant refresh \(name) --force"
      case .suspended(let words):
        happened = words
        next =
          "Calls fail until whoever runs \(title) switches it on again; nobody has to approve anew. It is tried again "
          + "\(again), or at once with: evergrant refresh \(name) --force"
      case .overdue(let since):
        happened = "its refresh has been due since \(since.readable(from: now)), and nobody has tried"
        next =
          "See that the server runs (evergrant serve), and what its log says; or refresh it now: evergrant refresh \(name)"
      case .clockDiffers(let skew):
        happened =
          "this machine's clock is \(skew.readable) \(skew > .zero ? "behind" : "ahead of") that of \(title)"
        next = "Check this machine's time service; whose clock is right is for you to see."
      case .rejected(let words):
        happened = words
        next = "See at \(title) whether it is still there, and put a new one in its place: \(client.renewal(of: name))"
      }
    }
  }
}

/// What the final refusal of a refresh token means; built and recognised here, since the store keeps it as a sentence.
enum RefusalDiagnosis: Sendable, Equatable {
  /// The token had been presented before, and that answer never came (K13).
  case answerLost(at: Timestamp, words: String)
  /// It was the newest, and nothing was in doubt (K14).
  case notByUs(words: String)

  private static let others = "it was revoked there, or another program holds this grant"

  var sentence: String {
    switch self {
    case .answerLost(let at, let words):
      "answer lost at \(at.readable): the answer to that refresh was lost, and the provider no longer accepts its token "
        + "(\(words))"
    case .notByUs(let words):
      "the provider refuses the grant (\(words)), although its token is the newest and no answer was lost: \(Self.others)"
    }
  }

  static func remedy(_ reason: String, _ name: String) -> String {
    let approve = "Approve again: evergrant reconnect \(name)"
    guard reason.hasSuffix(others) else { return approve }
    return approve
      + ". If nobody took the approval back, find the other program that holds this grant and stop it first, "
      + "or it comes to this again."
  }
}
