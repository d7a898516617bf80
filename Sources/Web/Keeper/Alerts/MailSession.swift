import Foundation
import Keeper
import OAuth
import Operator
import Wire

/// One reply of a mail server (RFC 5321 section 4.2).
struct MailReply: Sendable, Equatable {
  var code: Int
  /// What follows the code on each line.
  var lines: [String]

  /// The code, and the enhanced one where there is one (RFC 3463). The words are the server's, and could repeat ours.
  var short: String {
    let first = lines.first?.split(separator: " ").first.map(String.init) ?? ""
    let isEnhanced = first.wholeMatch(of: /[245]\.[0-9]{1,3}\.[0-9]{1,3}/) != nil
    return isEnhanced ? "\(code) \(first)" : "\(code)"
  }
}

/// Hands one mail to a server (RFC 5321), as a pure machine: each reply gives the one action that follows.
///
/// Plain text is for this machine alone, and a password never goes without TLS. A server that does not offer what is needed,
/// STARTTLS (RFC 3207) for the connection or AUTH PLAIN (RFC 4954) for a password, is not given the mail.
struct MailSession: Sendable {
  enum Action: Sendable, Equatable {
    /// One line, without its end.
    case send(String)
    /// TLS begins now; ``secured()`` is next.
    case secure
    case sendMessage
    /// The server has the mail.
    case done
  }

  private enum State: Sendable, Equatable {
    /// Before the server's first words. To `hello`.
    case greeting
    /// After EHLO. To `startingTLS`, `authenticating` or `sender`.
    case hello
    /// After STARTTLS. To `hello`, over TLS.
    case startingTLS
    /// After AUTH. To `sender`.
    case authenticating
    /// After MAIL. To `recipient`.
    case sender
    /// After RCPT for that one of the recipients. To `recipient`, or `data` after the last.
    case recipient(Int)
    /// After DATA. To `message`.
    case data
    /// After the mail. To `over`.
    case message
    case over
  }

  private let settings: MailSettings
  private let password: Secret?
  /// What we call ourselves: our address as a literal (RFC 5321 section 4.1.3).
  private let name: String
  private let isLocal: Bool
  private var isSecure: Bool
  private var state = State.greeting
  /// The recipients that the server does not take, with its reply.
  private(set) var refused: [String] = []

  init(_ settings: MailSettings, password: Secret?, name: String) {
    self.settings = settings
    self.password = password
    self.name = name
    isLocal = Loopback.isName(settings.host)
    isSecure = settings.isTLS
  }

  /// Whether the next bytes must be TLS: any plain ones that are here already were put in by somebody else.
  var isStartingTLS: Bool { state == .startingTLS }

  mutating func take(_ reply: MailReply) throws(AlertFailure) -> Action {
    switch state {
    case .greeting:
      try expect(220, reply, "greets with")
      return hello()
    case .hello:
      try expect(250, reply, "answers EHLO with")
      return try afterHello(reply.lines.dropFirst().map { $0.uppercased() })
    case .startingTLS:
      try expect(220, reply, "answers STARTTLS with")
      return .secure
    case .authenticating:
      try expect(235, reply, "does not accept the user and password, and answers")
      return mail()
    case .sender:
      try expect(250, reply, "does not take mail from \(settings.from), and answers")
      state = .recipient(0)
      return .send("RCPT TO:<\(settings.to[0])>")
    case .recipient(let index):
      if ![250, 251].contains(reply.code) { refused.append("\(settings.to[index]) (\(reply.short))") }
      guard index + 1 < settings.to.count else { return try data() }
      state = .recipient(index + 1)
      return .send("RCPT TO:<\(settings.to[index + 1])>")
    case .data:
      try expect(354, reply, "answers DATA with")
      state = .message
      return .sendMessage
    case .message:
      try expect(250, reply, "does not take the mail, and answers")
      state = .over
      return .done
    case .over: throw AlertFailure("The mail server spoke after the end.")
    }
  }

  /// TLS stands, so nothing that was said before counts any more, and the session begins again.
  mutating func secured() -> Action {
    isSecure = true
    return hello()
  }

  private mutating func hello() -> Action {
    state = .hello
    return .send("EHLO \(name)")
  }

  private mutating func afterHello(_ offers: [String]) throws(AlertFailure) -> Action {
    if !isSecure, offers.contains("STARTTLS") {
      state = .startingTLS
      return .send("STARTTLS")
    }
    guard isSecure || (isLocal && password == nil) else {
      throw AlertFailure(
        "\(settings.host) offers no TLS, and \(password == nil ? "mail" : "a password") does not go out in plain text. "
          + "Use smtps://, or a server that offers STARTTLS.")
    }
    guard let password, let user = settings.user else { return mail() }
    guard offers.contains(where: { $0.hasPrefix("AUTH ") && $0.split(separator: " ").contains("PLAIN") }) else {
      throw AlertFailure("\(settings.host) does not offer AUTH PLAIN, the one way to sign in that is known here.")
    }
    state = .authenticating
    return .send("AUTH PLAIN " + Data("\0\(user)\0\(password.exposed)".utf8).base64EncodedString())
  }

  private mutating func mail() -> Action {
    state = .sender
    return .send("MAIL FROM:<\(settings.from)>")
  }

  private mutating func data() throws(AlertFailure) -> Action {
    guard refused.count < settings.to.count else {
      throw AlertFailure("\(settings.host) takes mail for none of \(refused.joined(separator: ", ")).")
    }
    state = .data
    return .send("DATA")
  }

  private func expect(_ code: Int, _ reply: MailReply, _ words: String) throws(AlertFailure) {
    guard reply.code == code else { throw AlertFailure("\(settings.host) \(words) \(reply.short).") }
  }
}
