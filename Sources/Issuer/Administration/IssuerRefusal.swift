/// Why an operator's request was not carried out, in a sentence that says what to do.
package struct IssuerRefusal: Error, Sendable, Equatable, CustomStringConvertible {
  package var description: String

  init(_ description: String) { self.description = description }
}

/// Whom an operator can switch off and on again.
package enum DisableSubject: Sendable {
  case user(email: String)
  case client(id: String)
  case tenant(name: String)
}
