import Foundation
import OAuth
import Wire

/// A token request as it arrives: the form and the `Authorization` header.
package struct ModelRequest: Sendable, Equatable {
  /// Nil where the body was no form.
  package var fields: FormFields?
  package var authorization: String?

  package init(fields: FormFields, authorization: Secret?) {
    self.fields = fields
    self.authorization = authorization?.exposed
  }

  package init(body: some StringProtocol, authorization: String?) {
    fields = FormFields(parsing: body)
    self.authorization = authorization
  }
}

extension ModelRequest {
  /// Who asks, and by which of the accepted ways it proved to be the client with that secret; nil where it did not.
  func client(
    among secrets: [String: Secret], accepting accepted: Set<ModelBehaviour.Authentication>
  ) -> (id: String, by: ModelBehaviour.Authentication)? {
    guard let authorization else {
      guard accepted.contains(.body), let id = fields?["client_id"], let secret = fields?["client_secret"],
        secrets[id] == Secret(secret)
      else { return nil }
      return (id, .body)
    }
    // Letter for letter: raw and form-encoded differ wherever a secret has a sign that a form escapes.
    for (id, secret) in secrets.sorted(by: { $0.key < $1.key }) {
      let spellings: [(ModelBehaviour.Authentication, String)] = [
        (.basic, "\(PercentEncoding.encode(id)):\(PercentEncoding.encode(secret.exposed))"),
        (.basicRaw, "\(id):\(secret.exposed)"),
      ]
      for (way, text) in spellings where accepted.contains(way) {
        if authorization == AuthScheme.basic.prefix + Data(text.utf8).base64EncodedString() { return (id, way) }
      }
    }
    return nil
  }

  /// Whether it is a form that names each parameter once and proves the client in one way only (RFC 6749 sections 2.3
  /// and 3.2).
  var isWellFormed: Bool {
    guard let fields, fields.firstDuplicate == nil else { return false }
    return authorization == nil || fields["client_secret"] == nil
  }
}
