import Contacts
import Wire

/// Reads all contacts of a tenant, page by page, and gives them out as lines of a file.
package struct ContactExport: Sendable {
  package enum Form: String, CaseIterable, Sendable {
    /// Rows that an import reads back to the letter (`ContactCells`).
    case csv
    /// A JSON object on each line, as the API has the contact.
    case jsonLines = "jsonl"
  }

  /// Which contacts are meant.
  package struct Choice: Sendable {
    /// Those that have the tag of this name.
    package var tag: String?
    /// Those that were changed at this moment or later.
    package var since: Timestamp?

    package init(tag: String? = nil, since: Timestamp? = nil) { (self.tag, self.since) = (tag, since) }
  }

  /// How many contacts are asked for at once.
  private static let page = 200

  private let api: ContactAPI
  private let form: Form
  private let choice: Choice

  package init(_ api: ContactAPI, form: Form, choice: Choice = Choice()) {
    self.api = api
    self.form = form
    self.choice = choice
  }

  /// - Parameters:
  ///   - write: takes the file, piece by piece.
  ///   - tell: called with the number of contacts so far.
  /// - Returns: how many contacts there were.
  package func run(
    _ write: ([UInt8]) throws -> Void, tell: (Int) -> Void = { _ in }
  ) async throws -> Int {
    let vocabulary = Vocabulary(tagAll: [], createsTags: false)
    if form == .csv || choice.tag != nil { try await vocabulary.load(api) }
    let cells = form == .csv ? ContactCells(try await api.model()) : nil
    if let cells { try write(Array((TextCell.line(cells.header) + "\n").utf8)) }
    var count = 0
    try await pages(vocabulary) { contacts in
      var text: [UInt8] = []
      for contact in contacts {
        if let cells {
          let tags = (contact.tagIDs ?? []).compactMap(vocabulary.name(of:))
          text += (cells.line(id: contact.id, contact.contact, tags: tags) + "\n").utf8
        } else {
          text += contact.json.serialized() + [0x0A]
        }
      }
      try write(text)
      count += contacts.count
      tell(count)
    }
    return count
  }

  private func pages(_ vocabulary: Vocabulary, _ take: ([ContactAPI.Found]) throws -> Void) async throws {
    let since = choice.since.map { "start_update_time==\(KeapTime.v2($0.milliseconds))" }
    guard let name = choice.tag else {
      return try await pages(filter: since, take)
    }
    guard let tag = vocabulary.id(of: name) else {
      throw ContactRefusal(vocabulary.complaint(about: name) + " --tag takes a name as the CRM shows it.")
    }
    var token: String?
    repeat {
      let next = token.map { "&page_token=" + PercentEncoding.encode($0) } ?? ""
      let list = try await api.call("GET", "/crm/rest/v2/tags/\(tag)/contacts?page_size=\(Self.page)\(next)").json
      guard let entries = list["contacts"]?.array else {
        throw ContactRefusal("The answer is no list of contacts that have a tag")
      }
      let ids = entries.compactMap { $0["id"]?.string ?? $0["id"]?.integer.map(String.init) }
      if !ids.isEmpty {
        let filter = (["contact_ids==" + ids.joined(separator: ",")] + [since].compactMap(\.self)).joined(
          separator: ";")
        try await pages(filter: filter, take)
      }
      let following = list["next_page_token"]?.string
      token = ids.isEmpty || following == "" || following == token ? nil : following
    } while token != nil
  }

  private func pages(filter: String?, _ take: ([ContactAPI.Found]) throws -> Void) async throws {
    let filter = filter.map { "&filter=" + PercentEncoding.encode($0) } ?? ""
    let query = "page_size=\(Self.page)&order_by=id&fields=\(ContactAPI.allFields)\(filter)"
    var token: String?
    repeat {
      let page = try await api.contacts(query, after: token)
      try take(page.contacts)
      // A page without contacts may have others behind it, where none of its entries was understood.
      token = page.next == token ? nil : page.next
    } while token != nil
  }
}
