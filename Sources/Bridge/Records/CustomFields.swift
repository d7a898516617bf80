import Wire
import XMLRPC

/// The fields that a tenant defined itself, by the names that XML-RPC has for them: `_` and the name in REST's model.
struct CustomFields: Sendable {
  private var byName: [String: BridgeField] = [:]

  init() {}

  /// - Parameters:
  ///   - model: the answer of a path such as `/contacts/model`.
  ///   - inFilter: whether REST's filter knows the fields; what it does not know is looked at here.
  init(model: JSON, inFilter: Bool) {
    for definition in model["custom_fields"]?.array ?? [] {
      guard let id = definition["id"].flatMap(Self.id), let name = definition["field_name"]?.string, !name.isEmpty
      else { continue }
      let plain = name.hasPrefix("_") ? String(name.dropFirst()) : name
      let type = definition["field_type"]?.string ?? ""
      byName[plain.lowercased()] = BridgeField(
        "_\(plain)", .custom(id: id), Self.kind(type), writable: true,
        filter: inFilter ? Self.filter(name, type) : nil)
    }
  }

  subscript(name: String) -> BridgeField? {
    name.hasPrefix("_") ? byName[name.dropFirst().lowercased()].map { $0.named(name) } : nil
  }

  private static func id(_ json: JSON) -> String? { json.string ?? json.integer.map(String.init) }

  private static func kind(_ type: String) -> BridgeField.Kind {
    switch type {
    case "DATE": .day
    case "DATE_TIME": .moment
    case "WHOLE_NUMBER", "YEAR": .int
    case "DECIMAL_NUMBER", "CURRENCY", "PERCENT": .decimal
    case "YES_NO": .yesNo
    case "LIST_BOX", "USER_LIST_BOX": .list
    default: .text
    }
  }

  /// Names that a filter means a field of REST's own by, before any custom field.
  private static let standard: Set = ["city", "email", "id", "ids", "name", "state", "website"]

  /// What REST's filter takes for a type; contents of the others are looked at here.
  private static func filter(_ name: String, _ type: String) -> BridgeField.Filter? {
    guard !standard.contains(name.lowercased()) else { return nil }
    return switch type {
    case "TEXT", "TEXT_AREA", "NAME", "EMAIL", "WEBSITE", "PHONE_NUMBER", "DROPDOWN", "RADIO", "STATE":
      .wider(name, prefix: true)
    case "WHOLE_NUMBER", "YEAR": .number(name)
    default: nil
    }
  }
}

extension BridgeField {
  func named(_ name: String) -> BridgeField {
    var field = self
    field.name = name
    return field
  }
}
