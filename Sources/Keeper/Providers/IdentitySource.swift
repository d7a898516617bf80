import Foundation
import OAuth
import Wire

/// A place where an approval names the person or the tenant, written `place.member.member`.
///
/// A member of a list is named by its number, or by `member:claim`. That takes the entry whose `member` is equal to that claim
/// of the access token, which is a JWT then; in a list of one it takes the only entry. The claims of an `id_token` are believed
/// without checking its signature: it came from the token endpoint itself, over TLS (OpenID Connect Core 1.0 section 3.1.3.7).
package struct IdentitySource: Sendable, Equatable {
  package enum Place: String, Sendable {
    /// A parameter of the address that the browser came back to.
    case callback
    /// A member of the token endpoint's answer.
    case answer
    /// A claim of the `id_token` in that answer.
    case idToken = "id_token"
    /// A member of what the entry's `userinfo` answers.
    case userinfo
    /// What stands after `|` in the answer's scope.
    case scope
  }

  package var place: Place
  package var path: [String]
}

extension IdentitySource: Decodable {
  package init(from decoder: any Decoder) throws {
    let text = try decoder.singleValueContainer().decode(String.self)
    let words = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    guard let place = words.first.flatMap(Place.init), (place == .scope) == (words.count == 1), !words.contains("")
    else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "\(text) is no place where an identity stands"))
    }
    self.place = place
    path = Array(words.dropFirst())
  }
}

/// All that an approval has told of who gave it.
package struct IdentityEvidence: Sendable {
  var callback: FormFields
  var answer: JSON
  var accessToken: Secret?
  var userinfo: JSON?

  package init(callback: FormFields, answer: JSON, accessToken: Secret?) {
    self.callback = callback
    self.answer = answer
    self.accessToken = accessToken
  }

  package func first(of sources: [IdentitySource]) -> String? { sources.lazy.compactMap(text).first }

  private func text(at source: IdentitySource) -> String? {
    switch source.place {
    case .callback: source.path.first.flatMap { callback[$0] }
    case .answer: text(in: answer, source.path)
    case .userinfo: text(in: userinfo, source.path)
    case .idToken: text(in: Self.claims(of: answer["id_token"]?.string), source.path)
    case .scope:
      answer["scope"]?.string.flatMap { scope in
        scope.firstIndex(of: "|").map { String(scope[scope.index(after: $0)...]) }
      }
    }
  }

  private static func claims(of token: String?) -> JSON? {
    guard let parts = token?.split(separator: ".", omittingEmptySubsequences: false),
      parts.count == 3, let bytes = Base64URL.decode(parts[1])
    else { return nil }
    return try? JSON.parse(bytes)
  }

  private func text(in json: JSON?, _ path: [String]) -> String? {
    let value = path.reduce(json) { json, step in
      step.contains(":") ? chosen(of: json?.array ?? [], by: step) : Int(step).flatMap { json?[$0] } ?? json?[step]
    }
    let text = value?.string ?? value?.integer.map(String.init)
    return text?.isEmpty == true ? nil : text
  }

  /// Nil where it cannot be told which one: the wrong tenant would be worse than none.
  private func chosen(of members: [JSON], by step: String) -> JSON? {
    let words = step.split(separator: ":", maxSplits: 1).map(String.init)
    if members.count == 1 { return members.first }
    guard words.count == 2, let claim = Self.claims(of: accessToken?.exposed)?[words[1]]?.string, !claim.isEmpty else {
      return nil
    }
    let found = members.filter { $0[words[0]]?.string == claim }
    return found.count == 1 ? found.first : nil
  }
}
