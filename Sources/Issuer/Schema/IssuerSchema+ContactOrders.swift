import Store

extension IssuerSchema {
  /// A contact is written into each index of contacts, and most of them into a page of its own, so there is no index for what
  /// another one serves: addresses are found and sorted in the one, family names found in the order of whole names.
  static let contactOrders = Migration(
    23,
    [
      "UPDATE contacts SET email = '' WHERE email IS NULL",
      "DROP INDEX contacts_in_email_order",
      "DROP INDEX contacts_by_name",
    ])
}
