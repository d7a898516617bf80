import Foundation
import OAuth
import Wire

/// What a refresh came to (K12).
package enum RefreshOutcome: Sendable, Equatable {
  case granted(TokenResponse)
  /// The provider refused this refresh token for good; `ambiguous` where it says the same of a wrong client secret.
  case refused(String, ambiguous: Bool)
  case clientRefused(String)
  /// The grant stands, and the provider has switched it off for now.
  case suspended(String)
  /// No byte left: the provider has seen nothing.
  case notSent(String)
  /// The provider says that it has done nothing.
  case unavailable(String)
  case throttled(after: Duration?)
  /// The provider may have rotated the token: whether it has is unknown.
  case unknown(String)
}

extension Provider {
  /// Reads an answer of the token endpoint by this provider's table.
  package func judge(_ answer: TokenEndpointAnswer, at now: Timestamp) -> RefreshOutcome {
    switch answer {
    case .notSent(let reason): .notSent(reason)
    case .noAnswer(let reason): .unknown(reason)
    case .answer(let answer): judge(answer, at: now)
    }
  }

  private func judge(_ answer: TokenEndpointAnswer.Answer, at now: Timestamp) -> RefreshOutcome {
    let body = try? JSON.parse(answer.body)
    if (200..<300).contains(answer.status), !answer.saysError {
      guard body != nil, let response = try? JSONDecoder().decode(TokenResponse.self, from: Data(answer.body)) else {
        return .unknown("it answered \(answer.status) with something that is no token response")
      }
      return .granted(response)
    }
    guard let rule = answers.first(where: { $0.matches(status: answer.status, body: body) }) else {
      return .unknown("it answered \(answer.status), which its entry does not explain")
    }
    let code = rule.code(in: body).map { OAuthError.Code(rawValue: $0) }
    let words = [String(answer.status), code?.shown].compactMap(\.self).joined(separator: " ")
    switch rule.means {
    case .refused: return .refused(words, ambiguous: rule.ambiguous ?? false)
    case .clientRefused: return .clientRefused(words)
    case .suspended: return .suspended(words)
    case .notProcessed: return .unavailable(words)
    case .throttled: return .throttled(after: answer.pause(at: now))
    }
  }
}

extension TokenEndpointAnswer.Answer {
  /// Whether the body speaks of an error, whatever the status: some providers say it with 200 (K6).
  var saysError: Bool {
    let body = try? JSON.parse(body)
    return switch body?["error"] {
    case nil, .null?, false?, .string("")?: body?["ok"] == false
    default: true
    }
  }
}

extension Provider.AnswerRule {
  fileprivate func code(in body: JSON?) -> String? { body?[member ?? "error"]?.string }

  fileprivate func matches(status: Int, body: JSON?) -> Bool {
    guard status == self.status else { return false }
    if let error, code(in: body) != error { return false }
    guard let words = description else { return true }
    return Self.letters(body?["error_description"]?.string ?? "").contains(Self.letters(words))
  }

  private static func letters(_ text: String) -> String { text.lowercased().filter { $0.isLetter || $0.isNumber } }
}

extension TokenEndpointAnswer.Answer {
  /// How long the provider asks to be left alone. A date is read by the provider's own clock.
  func pause(at now: Timestamp) -> Duration? {
    let theirs = date.flatMap(HTTPDate.parse) ?? now
    return retryAfter.flatMap { RetryAfter($0, now: theirs) }?.delay
  }
}
