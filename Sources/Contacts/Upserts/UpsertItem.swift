import Wire

/// One contact of a request to our own routes: what is to be laid on the contact that it matches, or why it cannot be read. One
/// that cannot be read spoils none beside it.
package struct UpsertItem: Sendable {
  /// The caller's own name for it, told again beside what became of it.
  package private(set) var reference: String?
  package private(set) var change: Result<ContactChange, PlacedRefusal>

  /// How many a batch has at most (law P45).
  package static let most = 1000
  private static let mostCharacters = 255

  package init(reference: String? = nil, _ change: ContactChange) {
    self.reference = reference
    self.change = .success(change)
  }

  /// Reads a contact as REST v2 writes it, with a `reference` beside its members.
  package init(_ json: JSON) {
    guard json.object != nil else {
      change = .failure(PlacedRefusal("", "The contact must be a JSON object"))
      return
    }
    if let json = json["reference"], !json.isNull {
      guard let text = json.string, text.unicodeScalars.count <= Self.mostCharacters else {
        change = .failure(
          PlacedRefusal("reference", "reference must be a string of at most \(Self.mostCharacters) characters"))
        return
      }
      reference = text
    }
    do throws(ContactRefusal) {
      change = .success(try KeapV2.change(from: json))
    } catch {
      change = .failure(PlacedRefusal(RefusedPart.place(of: error, in: json), error.message))
    }
  }

  /// Reads a batch: `{"items":[…]}`.
  package static func batch(_ body: JSON) throws(ContactRefusal) -> [UpsertItem] {
    guard let entries = body["items"]?.array else { throw ContactRefusal("items must be a list of contacts") }
    guard entries.count <= most else {
      throw ContactRefusal("items has \(entries.count) contacts; a batch has at most \(most)")
    }
    return entries.map { UpsertItem($0) }
  }

  /// Reads `match` of the query, which has to say when two contacts are one (law P43).
  package static func rule(_ value: String?) throws(ContactRefusal) -> MatchRule {
    if let rule = value.flatMap(MatchRule.init) { return rule }
    throw ContactRefusal("match must be one of \(MatchRule.allCases.map(\.rawValue).joined(separator: ", "))")
  }
}

/// Why one contact of several is refused, and what of it.
package struct PlacedRefusal: Error, Hashable, Sendable {
  /// Below the contact, such as `email_addresses[0].email`; empty for the contact itself.
  package var place: String
  package var reason: String

  package init(_ place: String, _ reason: String) {
    self.place = place
    self.reason = reason
  }
}
