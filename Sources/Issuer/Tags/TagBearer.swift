/// What tags are applied to, and the tables that keep it.
package enum TagBearer: Sendable {
  case contacts
  case companies

  var table: String { self == .contacts ? "contact_tags" : "company_tags" }

  /// The column of the table that holds the bearer's number.
  var column: String { self == .contacts ? "contact_id" : "company_id" }

  var records: String { self == .contacts ? "contacts" : "companies" }

  /// The most tags that one contact or company may have: a contact shows all of them wherever it is shown.
  static let mostTags = 1000
}
