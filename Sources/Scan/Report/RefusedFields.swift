import Bridge

/// Fields of a call that the bridge refuses, and the whole call with them.
struct RefusedFields {
  /// Which they are, and why.
  let why: String
  /// What to do.
  let instead: String

  private static let mostReasons = 6
  private static let mostNames = 8

  /// - Returns: nil where the bridge takes each field that can be seen.
  init?(_ fields: CallFields, of table: BridgeTable, by act: TableAct) {
    let asked = fields.asked.names.compactMap { name in table.obstacle(toReading: name).map { (name, $0) } }
    let looked = fields.looked.names.compactMap { name in table.obstacle(toReading: name).map { (name, $0) } }
    // A number that is sent along with a change counts for nothing.
    let values = fields.written.names.filter { act != .update || $0.lowercased() != "id" }
    let written = values.compactMap { name in table.obstacle(toWriting: name).map { (name, $0) } }
    let refused = asked + looked + written
    guard !refused.isEmpty else { return nil }
    var reasons: [(text: String, names: [String])] = []
    for (name, reason) in refused {
      if let place = reasons.firstIndex(where: { $0.text == reason }) {
        if !reasons[place].names.contains(name) { reasons[place].names.append(name) }
      } else {
        reasons.append((reason, [name]))
      }
    }
    let words = reasons.prefix(Self.mostReasons).map { "\(Self.list($0.names, of: table)): \($0.text)" }
    let more = reasons.count > Self.mostReasons ? "; and others" : ""
    why = "The bridge answers with a fault, because of fields of \(table.name): \(words.joined(separator: "; "))\(more)"
    let list = "take these out of Infusionsoft/Generated/\(table.name).php."
    instead =
      if fields.asked.isOfSDK, !asked.isEmpty {
        "The SDK asks for all fields that it knows: name those that you use in the call, or \(list)"
      } else if fields.written.isOfSDK, !written.isEmpty {
        "The SDK writes back all that it has read: save a new row instead, with the Id and what changes, or \(list)"
      } else {
        "Leave \(refused.count == 1 ? "it" : "them") out of the call."
      }
  }

  /// A text that does not look like a name might be a secret.
  private static func list(_ names: [String], of table: BridgeTable) -> String {
    let shown = names.filter(isTellable).prefix(mostNames)
    let others = names.count - shown.count
    let parts = Array(shown) + (others == 0 ? [] : [shown.isEmpty ? "a name that is none" : "\(others) more"])
    return parts.count < 2
      ? parts.joined() : parts.dropLast().joined(separator: ", ") + " and " + (parts.last ?? "")
  }

  private static func isTellable(_ name: String) -> Bool {
    name.utf8.count <= 40 && name.split(separator: ".").allSatisfy(\.isName) && name.utf8.count { $0.isASCIIDigit } <= 2
  }
}

extension BridgeTable {
  /// Why the bridge cannot tell a field; nil where it can, as far as that can be known without the account.
  fileprivate func obstacle(toReading name: String) -> String? {
    let places = sources.flatMap(\.fields).filter { $0.name.lowercased() == name.lowercased() }
    if places.contains(where: \.isReadable) || isCustom(name) { return nil }
    if case .nowhere(let why)? = places.first?.place { return why }
    return "it has no such field"
  }

  fileprivate func obstacle(toWriting name: String) -> String? {
    if let obstacle = obstacle(toReading: name) { return obstacle }
    let field = sources.first?.fields.first { $0.name.lowercased() == name.lowercased() }
    return isCustom(name) || field?.isWritable == true ? nil : "REST does not take it"
  }

  /// Whether a name may be that of a field that an account has defined itself.
  private func isCustom(_ name: String) -> Bool { name.hasPrefix("_") && sources.contains { $0.model != nil } }

  /// The fields with names of regions and countries, in small letters.
  var regions: Set<String> {
    Set(sources.flatMap(\.fields).filter { $0.kind == .region || $0.kind == .country }.map { $0.name.lowercased() })
  }
}
