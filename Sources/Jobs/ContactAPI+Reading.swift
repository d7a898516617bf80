import Contacts
import Wire

extension ContactAPI {
  /// A contact as a list has it.
  package struct Found: Sendable {
    package var id: String
    package var contact: Contact
    /// Nil where the API has not told them.
    package var tagIDs: [Int64]?
    /// All that was told of it.
    package var json: JSON

    /// Nil for what is no contact with an id.
    init?(_ json: JSON) {
      guard let read = try? KeapV2.contact(fromAnswer: json) else { return nil }
      (id, contact) = read
      tagIDs = KeapV2.tagIDs(fromAnswer: json)
      self.json = json
    }
  }

  /// All that a row of a file can say of a contact, so that a look shows whether it says anything new.
  private static let fields = [
    "addresses", "anniversary_date", "assistant_name", "assistant_phone", "billing_information", "birth_date",
    "company", "contact_type", "custom_fields", "email_addresses", "family_name", "fax_numbers", "given_name", "id",
    "job_title", "leadsource_id", "middle_name", "origin", "owner_id", "phone_numbers", "preferred_locale",
    "preferred_name", "prefix", "referral_code", "social_accounts", "source_type", "spouse_name", "suffix",
    "time_zone", "website",
  ]

  /// All that a file can tell of a contact.
  static let allFields = (fields + ["create_time", "tag_ids", "update_time"]).joined(separator: ",")

  /// All contacts that have the address.
  /// - Parameter withTags: whether the numbers of their tags are asked for, too.
  package func contacts(withEmail email: String, withTags: Bool = false) async throws -> [Found] {
    let fields = (Self.fields + (withTags ? ["tag_ids"] : [])).joined(separator: ",")
    let filter = PercentEncoding.encode("email==\(email)")
    var found: [Found] = [], token: String?
    repeat {
      let page = try await contacts("filter=\(filter)&page_size=25&fields=\(fields)", after: token)
      found += page.contacts
      token = page.contacts.isEmpty || page.next == token ? nil : page.next
    } while token != nil
    return found
  }

  /// One page of the list of contacts.
  /// - Parameters:
  ///   - query: which contacts, and what of them.
  ///   - token: where the page before ended.
  func contacts(_ query: String, after token: String?) async throws -> (contacts: [Found], next: String?) {
    let next = token.map { "&page_token=" + PercentEncoding.encode($0) } ?? ""
    let json = try await call("GET", "/crm/rest/v2/contacts?\(query)\(next)").json
    guard let entries = json["contacts"]?.array else { throw ContactRefusal("The answer is no list of contacts") }
    let following = json["next_page_token"]?.string
    return (entries.compactMap(Found.init), following == "" ? nil : following)
  }

  /// The fields that the tenant has defined for contacts.
  func model() async throws -> CustomFieldModel {
    try KeapV2.model(fromAnswer: await call("GET", "/crm/rest/v2/contacts/model").json)
  }
}
