import Foundation
import TestKit
import Wire

/// A page of the issuer as a person has it before them.
package struct Page: Sendable {
  private let answer: RawAnswer
  private let address: String

  package init(_ answer: RawAnswer, at address: String) {
    self.answer = answer
    self.address = address
  }

  package var status: Int { answer.status }
  package var text: String { answer.body }
  package subscript(header name: String) -> String? { answer[header: name] }

  /// Where the browser is sent on to, as a whole address.
  package var location: String? {
    self[header: "Location"].map { URL(string: $0, relativeTo: URL(string: address))?.absoluteString ?? $0 }
  }

  /// What it is sent on with.
  package var locationFields: FormFields {
    let location = self[header: "Location"] ?? ""
    return FormFields(parsing: location.split(separator: "?", maxSplits: 1).dropFirst().first ?? "") ?? FormFields()
  }

  package func hasForm(to action: String) -> Bool { text.contains(#"action="\#(action)""#) }

  /// What the page has filled into a form.
  package func form(to action: String) throws -> FormFields {
    let parts = text.components(separatedBy: #"action="\#(action)""#)
    guard parts.count > 1, let form = parts[1].components(separatedBy: "</form>").first else {
      throw Missed("The page has no form to \(action) (status \(status)): \(words)")
    }
    let inputs = form.matches(of: /<input type="hidden" name="([^"]*)" value="([^"]*)">/)
    return FormFields(inputs.map { (String($0.1), Self.unescaped($0.2)) })
  }

  /// The values of all form fields with this name, whichever form they are in.
  private func values(_ name: String) -> [String] {
    text.matches(of: /name="([^"]*)" value="([^"]*)"/).filter { $0.1 == name }.map { Self.unescaped($0.2) }
  }

  package func hidden(_ name: String) -> String? { values(name).first }

  /// The token of the main form, below the one for signing out.
  package var formToken: String { values("csrf").last ?? "" }

  /// The choices of a consent page.
  package var tenants: [(id: String, name: String)] {
    text.matches(of: /<label for="tenant-([^"]*)">([^<]*)</).map { (String($0.1), Self.unescaped($0.2)) }
  }

  /// The living approvals of an account page.
  package var approvals: [String] { values("approval") }

  /// What is there to read.
  package var words: String {
    text.replacing(/<[^>]*>/, with: " ").split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }

  private static func unescaped(_ text: Substring) -> String {
    [("&quot;", "\""), ("&#39;", "'"), ("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")]
      .reduce(String(text)) { $0.replacing($1.0, with: $1.1) }
  }
}
