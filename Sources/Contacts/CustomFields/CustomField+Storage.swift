import Wire

/// Contents of custom fields, as a record is stored with them.
extension [CustomField] {
  /// Compact JSON with sorted keys; nil where there is no content.
  package var stored: [UInt8]? { json?.serialized() }

  /// Reads `stored`.
  /// - Throws: `ContactRefusal` when the text is none of ours.
  package init(stored bytes: [UInt8]?) throws(ContactRefusal) {
    var json: JSON?
    if let bytes {
      do { json = try JSON.parse(bytes) } catch { throw ContactRefusal("stored custom fields: \(error)") }
    }
    try self.init(json: json)
  }

  var json: JSON? {
    isEmpty ? nil : .array(map { ["id": .integer($0.id), "content": $0.content] })
  }

  /// Reads `json`.
  init(json: JSON?) throws(ContactRefusal) {
    self = []
    guard let json else { return }
    guard let entries = json.array else { throw ContactRefusal("stored custom fields: no list") }
    for entry in entries {
      guard let id = entry["id"]?.integer, let content = entry["content"] else {
        throw ContactRefusal("stored custom fields: an entry without its id or content")
      }
      append(CustomField(id: id, content: content))
    }
  }
}
