import Wire

/// Where Keap's REST v1 and v2 say the same in different words.
package enum KeapDialect: Sendable {
  case v1
  case v2

  /// The version that a path belongs to; nil for one that is not below `/crm`. A router reads past empty segments, and so does
  /// this.
  package init?(path: some StringProtocol) {
    let segments = path.split(separator: "/")
    guard segments.first == "crm" else { return nil }
    self = segments.dropFirst(2).first == "v2" ? .v2 : .v1
  }

  /// The body of an error: v2 names the resource that was asked for, v1 has the message alone.
  package func error(_ status: Int, _ message: String, resource: String) -> JSON {
    self == .v1 ? KeapV1.error(message) : KeapV2.error(status, message, resource: resource)
  }

  var birthdayKey: String { self == .v1 ? "birthday" : "birth_date" }
  var anniversaryKey: String { self == .v1 ? "anniversary" : "anniversary_date" }
  var leadSourceKey: String { self == .v1 ? "lead_source_id" : "leadsource_id" }

  var texts: [TextField] { self == .v1 ? Self.textsOfV1 : Self.textsOfV2 }

  private static let textsOfV1 = TextField.allCases.filter { field in
    ![.referralCode, .assistantName, .assistantPhone, .billingInformation].contains(field)
  }
  private static let textsOfV2 = TextField.allCases.filter { $0 != .optInReason }

  /// Whether this version knows a part of a list entry.
  func speaks(of part: String) -> Bool { self == .v2 || (part != "region_code" && part != "opt_in_reason") }

  func identifier(_ id: Int64) -> JSON { self == .v1 ? .integer(id) : .string(String(id)) }

  /// A value of an enumeration: `LINKED_IN` in v2, `LinkedIn` in v1.
  func spelling(_ name: String) -> String {
    guard self == .v1 else { return name }
    // v1's own capitals, which follow no rule.
    switch name {
    case "DOUBLE_OPT_IN": return "DoubleOptin"
    case "YOUTUBE": return "YouTube"
    default: return name.split(separator: "_").map { $0.prefix(1) + $0.dropFirst().lowercased() }.joined()
    }
  }

  func spelling(_ source: SourceType) -> String {
    self == .v1 ? source.rawValue.filter { $0 != "_" } : source.rawValue
  }

  /// Finds an enumeration's case by either version's spelling.
  static func named<Name: RawRepresentable<String> & CaseIterable>(_ text: String, _ type: Name.Type) -> Name? {
    if let exact = Name(rawValue: text) { return exact }
    let key = text.uppercased().filter { $0 != "_" }
    return Name.allCases.first { $0.rawValue.filter { $0 != "_" } == key }
  }

  /// The most characters that v2 takes (its OpenAPI document); v1 documents no limits.
  static func limit(of field: TextField) -> Int? {
    switch field {
    case .givenName, .familyName: 40
    case .middleName, .preferredName, .spouseName, .website, .billingInformation: 100
    case .jobTitle: 255
    case .assistantName: 20
    case .assistantPhone: 15
    default: nil
    }
  }

  static func limit(of part: String, in slot: String) -> Int? {
    switch (slot, part) {
    case ("EMAIL1", "email"): 75
    case (_, "email"): 100
    case ("PHONE4", "number"), ("PHONE5", "number"): 20
    case ("PHONE1", "number"), ("PHONE2", "number"), ("PHONE3", "number"): 40
    case ("BILLING", "line1"), ("BILLING", "line2"): 75
    case (_, "line1"), (_, "line2"): 100
    case ("BILLING", "locality"): 50
    case (_, "locality"): 100
    case (_, "region"): 50
    case ("SHIPPING", "postal_code"), ("SHIPPING", "zip_code"): 20
    case (_, "postal_code"), (_, "zip_code"): 15
    case (_, "zip_four"): 10
    case (_, "name"): 255
    default: nil
    }
  }
}
