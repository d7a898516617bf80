import Foundation
import Wire

/// Every secret that went over the wire, by what it is called there.
struct Harvest {
  private(set) var secrets: [String: Set<String>] = [:]

  init(_ relay: Relay) {
    for text in relay.requests + relay.answers {
      for match in text.matches(
        of: /\b(code|code_verifier|refresh_token|client_secret|password|token|state|csrf)=([^&\s"<>;]+)/)
      {
        add(String(match.1), PercentEncoding.decodeForm(match.2.utf8))
      }
      for match in text.matches(of: /"(access_token|refresh_token)":"([^"]+)"/) {
        add(String(match.1), String(match.2))
      }
      for match in text.matches(of: /name="csrf" value="([^"]+)"/) { add("csrf", String(match.1)) }
      for match in text.matches(of: /authorization: bearer ([^\s]+)/.ignoresCase()) { add("bearer", String(match.1)) }
      for match in text.matches(of: /authorization: basic ([^\s]+)/.ignoresCase()) { addBasic(String(match.1)) }
      for match in text.matches(of: /cookie: (?:[^\r\n]*; )?evergrant=([^;\s]+)/.ignoresCase()) {
        add("session", String(match.1))
      }
    }
  }

  mutating func add(_ label: String, _ text: String?) {
    if let text, !text.isEmpty { secrets[label, default: []].insert(text) }
  }

  mutating func add(contentsOf other: Harvest) {
    for (label, text) in other.labelled() { add(label, text) }
  }

  private mutating func addBasic(_ header: String) {
    guard let pair = Data(base64Encoded: header).map({ String(decoding: $0, as: UTF8.self) }) else { return }
    add("client_secret", pair.split(separator: ":", maxSplits: 1).dropFirst().first.map(String.init))
  }

  func count(_ label: String) -> Int { secrets[label]?.count ?? 0 }

  /// All of them but those of one kind.
  func labelled(except label: String? = nil) -> [(label: String, text: String)] {
    secrets.filter { $0.key != label }.flatMap { kind, texts in texts.map { (kind, $0) } }
  }
}
