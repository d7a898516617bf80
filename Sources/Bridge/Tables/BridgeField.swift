/// A field of a table of Keap's XML-RPC, and where REST has it.
package struct BridgeField: Sendable, Hashable {
  /// Where a record's JSON holds it.
  package enum Place: Sendable, Hashable {
    case member(String)
    /// A part of an object that is written whole: `address.line1`.
    case part(of: String, String)
    /// A part of an object that only points at another record: `company.id`.
    case reference(String, String)
    /// A part of the entry of a list that has this slot: `phone_numbers[PHONE1].number`.
    case slot(list: String, slot: String, String)
    /// The content of a custom field.
    case custom(id: String)
    /// The same in each record of its source.
    case constant(String)
    /// What the query asked for with this field, in whose path it stands.
    case asked
    /// Nowhere: why.
    case nowhere(String)
  }

  package enum Kind: Sendable, Hashable {
    case text
    /// The number of a record, which REST writes as a string.
    case id
    case int
    case decimal
    /// 1 or 0.
    case yesNo
    case day
    case moment
    /// A name or a code here, alpha-3 in REST.
    case country
    /// Free text here, a code within the country in REST.
    case region
    /// An amount in the currency's smallest unit in REST.
    case money
    /// Numbers with commas between.
    case ids
    /// A name here, a number in REST.
    case leadSource
    case company
    /// A number here, a word in REST.
    case code([String: String])
    /// Entries with commas between here, a list in REST or the same text.
    case list
  }

  /// How REST's `filter` knows it.
  package enum Filter: Sendable, Hashable {
    /// Equality, and with a prefix what begins with a text, as XML-RPC has it.
    case exact(String, prefix: Bool = false)
    /// The same for a condition that leaves more than XML-RPC would: what comes is looked at again.
    case wider(String, prefix: Bool = false, with: String? = nil)
    /// Numbers, which can be compared too, and of which several can be named.
    case number(String, several: String? = nil)
    /// Numbers of records, one or several.
    case ids(String)
    /// From and until a time.
    case period(since: String, until: String)
  }

  package var name: String
  package var place: Place
  package var kind: Kind
  package var isWritable: Bool
  package var filter: Filter?
  /// The name that REST sorts by.
  package var order: String?

  init(
    _ name: String, _ place: Place, _ kind: Kind = .text, writable: Bool = false, filter: Filter? = nil,
    order: String? = nil
  ) {
    self.name = name
    self.place = place
    self.kind = kind
    isWritable = writable
    self.filter = filter
    self.order = order
  }

  package var isReadable: Bool {
    if case .nowhere = place { false } else { true }
  }

  /// The member of a record that holds it.
  var root: String? {
    switch place {
    case .member(let name), .part(let name, _), .reference(let name, _), .slot(let name, _, _): name
    case .custom: "custom_fields"
    case .constant, .asked, .nowhere: nil
    }
  }

  /// Whether a change of it writes a whole object or list, so that what stands there must be known.
  var isInWhole: Bool {
    switch place {
    case .part, .slot, .custom: true
    case .member, .reference, .constant, .asked, .nowhere: false
    }
  }
}

/// Where a table's records are in REST.
package struct RecordSource: Sendable, Hashable {
  /// How `fields` is asked for.
  package enum Properties: Sendable, Hashable {
    case never
    /// What is named is what comes.
    case named
    /// Of these, what is named comes besides the rest; some in lists alone.
    case besides(Set<String>, inLists: Set<String> = [])
  }

  /// The path of the list. `{ContactId}` in it stands for the number that the query must name for that field.
  package var path: String
  /// The member of the answer that holds the list.
  package var list: String
  /// Whether the list comes in pages; else it is whole in one answer.
  package var isPaged = true
  /// Records that one page may hold.
  package var mostOfPage = Bridge.mostOfPage
  /// The path of one record, with `{id}`.
  package var record: String?
  package var properties = Properties.never
  /// Where its custom fields are defined.
  package var model: String?
  /// Whether REST's filter knows its custom fields.
  package var filtersCustomFields = false
  package var fields: [BridgeField]

  /// The field in braces.
  var needs: String? {
    guard let open = path.firstIndex(of: "{"), let close = path.firstIndex(of: "}") else { return nil }
    return String(path[path.index(after: open)..<close])
  }

  func path(of id: String) -> String? { record?.replacing("{id}", with: id) }
}

/// A table of Keap's XML-RPC.
package struct BridgeTable: Sendable, Hashable {
  /// Where a record is that is changed or deleted.
  package enum Writing: Sendable, Hashable {
    /// At the path that its source has for its number.
    case record
    /// In the model of the one kind of records that defines a field of its number.
    case definition
  }

  package var name: String
  /// Several where REST keeps the records apart, or lists them only under a record that the query must name.
  package var sources: [RecordSource]
  /// Whether the sources are one list together.
  package var isUnion = false
  package var isAdded = false
  package var isUpdated = false
  package var isDeleted = false
  package var writing = Writing.record
  /// What differs from XML-RPC, in a sentence.
  package var difference: String?

  package static let all: [BridgeTable] = [
    contact, company, contactGroup, contactGroupCategory, contactGroupAssign, dataFormField, user, lead, stage,
    contactAction, product, job, orderItem, invoice, recurringOrder, campaign,
  ]

  private static let byName = Dictionary(all.map { ($0.name, $0) }) { first, _ in first }

  package static func named(_ name: String) -> BridgeTable? { byName[name] }
}
