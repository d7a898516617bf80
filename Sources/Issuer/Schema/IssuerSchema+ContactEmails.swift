import Store

extension IssuerSchema {
  /// A contact is written into each index of contacts, and into most of them in a page of its own: one index finds addresses and
  /// has them in order, for which a missing address is stored as an empty one.
  static let contactEmails = Migration(
    23, ["UPDATE contacts SET email = '' WHERE email IS NULL", "DROP INDEX contacts_in_email_order"])
}
