/// What a request says of a record's custom fields.
extension Change<[CustomField]> {
  /// The contents after this change, in the order of their numbers. A null content clears its field.
  /// - Parameter act: `.replace` where what the change does not name is cleared.
  func landed(on old: [CustomField], _ act: ContactAct) -> [CustomField] {
    guard case .set(let fields) = self else { return applied(to: old) ?? [] }
    var contents = Dictionary(old.map { ($0.id, $0.content) }, uniquingKeysWith: { first, _ in first })
    if act == .replace { contents = [:] }
    for field in fields { contents[field.id] = field.content.isNull ? nil : field.content }
    return contents.sorted { $0.key < $1.key }.map { CustomField(id: $0.key, content: $0.value) }
  }
}
