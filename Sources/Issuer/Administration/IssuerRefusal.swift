/// Why an operator's request was not carried out, in a sentence that says what to do.
package struct IssuerRefusal: Error, Sendable, Equatable, CustomStringConvertible {
  package var description: String

  init(_ description: String) { self.description = description }

  /// There is nobody and nothing of that name; all that there are of the kind are listed.
  static func unknown(_ subject: DisableSubject) -> IssuerRefusal {
    let (whom, list) =
      switch subject {
      case .user(let email): ("user with the address \(email)", "user")
      case .client(let id): ("app \(id)", "client")
      case .tenant(let name): ("tenant named \(name)", "tenant")
      }
    return IssuerRefusal("There is no \(whom); all are in: evergrant issuer \(list) list")
  }
}

/// Whom an operator can switch off and on again.
package enum DisableSubject: Sendable {
  case user(email: String)
  case client(id: String)
  case tenant(name: String)
}
