import NIOHTTP1

/// Whose turn it is on one connection: requests and their answers in order, and after which answer it ends.
struct Turns {
  /// Requests whose head has come and whose answer has not ended.
  private var unanswered = 0
  /// Whether a head has come, and not yet the end of its request.
  private var isComing = false
  /// Whether a request has come after which there is none: of HTTP/1.1 one that says so, of HTTP/1.0 one that does not say
  /// otherwise (RFC 9112 section 9.3), and one that asks for another protocol, since the parser reads nothing behind it.
  /// Programs that speak HTTP/1.0 read until the end of the connection.
  private var isLast = false
  /// Whether all of that request has come, so that whatever follows it is none.
  private(set) var lastCame = false
  /// Whether the body of a request is sent only when somebody has asked for it.
  private var bodyWaits = false

  mutating func begin(_ head: HTTPRequestHead) {
    unanswered += 1
    isComing = true
    isLast = !head.isKeepAlive || head.method == .CONNECT || head.headers.contains(name: "Upgrade")
    bodyWaits =
      head.version == .http1_1
      && head.headers[canonicalForm: "Expect"].contains { $0.lowercased() == "100-continue" }
  }

  mutating func bodyCame() { bodyWaits = false }

  mutating func end() {
    isComing = false
    bodyWaits = false
    lastCame = isLast
  }

  /// Whether to ask for the body now, once (RFC 9110 section 10.1.1): not in the middle of the answer to an earlier request.
  mutating func asksForBody() -> Bool {
    guard bodyWaits, unanswered == 1 else { return false }
    bodyWaits = false
    return true
  }

  /// Whether the connection ends with the answer that comes next.
  var endsWithAnswer: Bool { isLast && unanswered == 1 }

  /// Whether the last answer has ended, so that nothing is said any more.
  var areOver: Bool { isLast && unanswered == 0 }

  /// Whether the request that is coming has its answer already: whatever would be said now answers nothing.
  var isAnsweredEarly: Bool { isComing && unanswered == 0 }

  /// Nothing more is said, whatever was asked.
  mutating func finish() { isLast = true }

  mutating func answered() { if unanswered > 0 { unanswered -= 1 } }
}
