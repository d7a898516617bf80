import Contacts

/// What a tenant's addresses have consented to or refused.
extension Issuer {
  package func emailStatus(_ email: String, by caller: Caller) async throws(ContactFault) -> EmailStatus {
    let email = try Self.normalAddress(email)
    return try await reading(caller) { shelf in try shelf.emailStatus(email) }
  }

  /// Opts an address in or out. The address need be nobody's.
  package func changeEmailStatus(
    of email: String, _ change: EmailStatusChange, by caller: Caller
  ) async throws(ContactFault) -> EmailStatus {
    let email = try Self.normalAddress(email)
    return try await writing(caller) { shelf in try shelf.change(change, of: email) }
  }

  private static func normalAddress(_ email: String) throws(ContactFault) -> String {
    let email = NormalForm.email(email)
    if let fault = EmailSyntax.fault(in: email) { throw .invalid("The e-mail address \(fault)") }
    return email
  }
}
