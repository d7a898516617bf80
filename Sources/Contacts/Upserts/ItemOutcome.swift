import Wire

/// What became of one contact of a request to our own routes (law P45).
package enum ItemOutcome: Sendable, Equatable {
  /// Nil where nothing was written because the request was only tried.
  case created(ContactRecord?)
  case updated(ContactRecord)
  /// The contact said all of it already: nothing was written.
  case unchanged(ContactRecord)
  /// Which contact is meant is for the caller to say: nothing was written.
  case conflict(ItemConflict)
  case refused(PlacedRefusal)

  /// As an answer says it.
  package var word: String {
    switch self {
    case .created: "created"
    case .updated: "updated"
    case .unchanged: "unchanged"
    case .conflict: "conflict"
    case .refused: "refused"
    }
  }

  package static let words = ["created", "updated", "unchanged", "conflict", "refused"]

  package var record: ContactRecord? {
    switch self {
    case .created(let record): record
    case .updated(let record), .unchanged(let record): record
    case .conflict, .refused: nil
    }
  }
}

/// Why a contact of a request stands for no one contact.
package enum ItemConflict: Sendable, Hashable {
  /// Several contacts match it, the oldest first, and at most ``most`` of them are named.
  case candidates([Int64], of: Int)
  /// An earlier one of the same batch, by its place there, stands for the same contact.
  case repeats(Int)

  package static let most = 100

  package var reason: String {
    switch self {
    case .candidates(_, let count): "\(count) contacts match; change one of them by its id, or merge them"
    case .repeats(let index): "items[\(index)] is the same contact; send what both say as one"
    }
  }
}

/// Outcomes as our own routes write them.
package enum UpsertAnswer {
  /// Builds the answer to a batch: a result for each contact, in order, and how many there are of each outcome.
  package static func batch(_ items: [UpsertItem], _ outcomes: [ItemOutcome], isDryRun: Bool) -> JSON {
    var members: [String: JSON] = [
      "results": .array(
        zip(items, outcomes).enumerated().map { index, pair in result(pair.0, pair.1, at: "items[\(index)]") })
    ]
    for word in ItemOutcome.words { members[word] = .integer(Int64(outcomes.count { $0.word == word })) }
    if isDryRun { members["dry_run"] = true }
    return .object(members)
  }

  /// Builds the answer to the upsert of one contact that was not refused.
  package static func one(_ item: UpsertItem, _ outcome: ItemOutcome, isDryRun: Bool) -> JSON {
    var members: [String: JSON] = ["outcome": .string(outcome.word)]
    members["reference"] = item.reference.map(JSON.string)
    if isDryRun {
      members["dry_run"] = true
      members["id"] = outcome.record.map { KeapDialect.v2.identifier($0.id) }
    } else {
      members["contact"] = outcome.record.map { KeapV2.contact($0) }
    }
    return .object(members)
  }

  package static func candidates(_ ids: [Int64]) -> JSON { .array(ids.map(KeapDialect.v2.identifier)) }

  private static func result(_ item: UpsertItem, _ outcome: ItemOutcome, at place: String) -> JSON {
    var members: [String: JSON] = ["outcome": .string(outcome.word)]
    members["reference"] = item.reference.map(JSON.string)
    members["id"] = outcome.record.map { KeapDialect.v2.identifier($0.id) }
    switch outcome {
    case .created, .updated, .unchanged: break
    case .conflict(let conflict):
      members["reason"] = .string(conflict.reason)
      switch conflict {
      case .candidates(let ids, _): members["candidates"] = candidates(ids)
      case .repeats(let index): members["item"] = .integer(Int64(index))
      }
    case .refused(let refusal):
      members["place"] = .string(refusal.place.isEmpty ? place : "\(place).\(refusal.place)")
      members["reason"] = .string(refusal.reason)
    }
    return .object(members)
  }
}
