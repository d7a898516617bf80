import Wire

/// What of a contact's JSON is refused: the smallest part that is refused by itself in the same words.
enum RefusedPart {
  /// How many parts of an object are tried, one by one; none that is known has as many.
  private static let mostParts = 100

  /// The place below the contact, such as `email_addresses[0].email`; empty where no part alone is at fault.
  static func place(of refusal: ContactRefusal, in contact: JSON) -> String {
    func isRefused(_ key: String, _ value: JSON) -> Bool {
      do throws(ContactRefusal) {
        _ = try KeapV2.change(from: .object([key: value]))
        return false
      } catch {
        return error == refusal
      }
    }
    // A member that nobody knows is not read, and there may be any number of them.
    let members = (contact.object ?? [:]).filter { KeapV2.properties.contains($0.key) }.sorted { $0.key < $1.key }
    guard let (key, value) = members.first(where: { isRefused($0.key, $0.value) }) else { return "" }
    if let object = value.object {
      guard object.count <= mostParts else { return key }
      let part = object.sorted { $0.key < $1.key }.first { isRefused(key, .object([$0.key: $0.value])) }
      return part.map { "\(key).\($0.key)" } ?? key
    }
    guard let entries = value.array, !entries.isEmpty else { return key }
    // A list is read from its beginning, so it is refused alike with all that stands behind the entry at fault and without.
    // Entries before it stay, since a slot can be taken by one of them.
    var (index, last) = (0, entries.count - 1)
    while index < last {
      let middle = (index + last) / 2
      if isRefused(key, .array(Array(entries[...middle]))) { last = middle } else { index = middle + 1 }
    }
    let place = "\(key)[\(index)]"
    // One too many.
    if isRefused(key, .array(entries[..<index] + [.object([:])])) { return place }
    let slotKey = slotKey(of: key)
    let slot = entries[index].object?.filter { $0.key == slotKey } ?? [:]
    func isRefused(with part: [String: JSON]) -> Bool {
      isRefused(key, .array(entries[..<index] + [.object(slot.merging(part) { _, own in own })]))
    }
    if !slot.isEmpty, isRefused(with: [:]) { return "\(place).\(slotKey)" }
    guard entries[index].object?.count ?? 0 <= mostParts else { return place }
    let parts = (entries[index].object ?? [:]).sorted { $0.key < $1.key }
    let part = parts.first { isRefused(with: [$0.key: $0.value]) }
    return part.map { "\(place).\($0.key)" } ?? place
  }

  /// The part of an entry that says where it stands.
  private static func slotKey(of list: String) -> String {
    switch list {
    case "social_accounts": "type"
    case "custom_fields": "id"
    default: "field"
    }
  }
}
