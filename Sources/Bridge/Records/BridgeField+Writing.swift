import Contacts
import Wire
import XMLRPC

extension BridgeField {
  /// What REST is sent for a value; null clears. A region stays text: its code is found when its country is known.
  /// - Throws: fault 12 for a value that the field cannot hold.
  func json(for value: XMLRPCValue, of table: String) throws(XMLRPCFault) -> JSON {
    guard let text = FieldText(value).text else {
      throw ServiceFault.invalidParameter("\(table).\(name) cannot be a \(value.typeName)")
    }
    if text.isEmpty { return .null }
    let json: JSON? =
      switch kind {
      case .text, .region, .leadSource, .company, .list: .string(text)
      case .id: Int64(text).flatMap { $0 > 0 ? .string(String($0)) : $0 == 0 ? .null : nil }
      case .int: Int64(text).map(JSON.integer)
      case .decimal: Double(text).flatMap { $0.isFinite ? .number($0) : nil }
      case .yesNo: Self.yesNo[text.lowercased()].map(JSON.integer)
      case .day: day(value, text).map { .string($0.description) }
      case .moment: moment(value, text).map { .string(KeapTime.v2($0.milliseconds)) }
      case .country: Countries.code(of: text).map(JSON.string)
      case .money, .ids, .code: nil
      }
    guard let json else {
      throw ServiceFault.invalidParameter("\(table).\(name) cannot hold \(Echo.value(text)); REST wants \(wanted)")
    }
    return json
  }

  private static let yesNo: [String: Int64] = ["1": 1, "true": 1, "yes": 1, "0": 0, "false": 0, "no": 0]

  private var wanted: String {
    switch kind {
    case .id, .int: "a whole number"
    case .decimal: "a number"
    case .yesNo: "1 or 0"
    case .day, .moment: "a date such as 20261123T16:00:00"
    case .country: "the name or the code of a country"
    default: "another value"
    }
  }

  private func day(_ value: XMLRPCValue, _ text: String) -> CalendarDate? {
    if case .dateTime(let time) = value { time.day } else { WallTime(text)?.day }
  }

  private func moment(_ value: XMLRPCValue, _ text: String) -> Timestamp? {
    if case .dateTime(let time) = value { time.moment } else { WallTime(text)?.moment }
  }
}

/// What is to be written of a record: the members that change, lists and objects among them whole, with what the record holds
/// besides.
struct RecordDraft {
  /// The record as it is; null for a new one.
  private let base: JSON
  private(set) var members: [String: JSON] = [:]

  init(over base: JSON = .null) { self.base = base }

  /// Lays values over the record. Countries come first, as a region is known only within one.
  mutating func set(_ changes: [(field: BridgeField, json: JSON)], of table: String) throws(XMLRPCFault) {
    for (field, json) in changes where field.kind == .country { try set(field, json, of: table) }
    for (field, json) in changes where field.kind != .country { try set(field, json, of: table) }
    try settle(changes.map(\.field), of: table)
  }

  private mutating func set(_ field: BridgeField, _ json: JSON, of table: String) throws(XMLRPCFault) {
    switch field.place {
    case .member(let name): members[name] = json
    case .reference(let root, let part): members[root] = json.isNull ? .null : [part: json]
    case .part(let root, let part):
      let object = (members[root] ?? base[root])?.object ?? [:]
      members[root] = .object(try Self.laid(json, on: part, of: object, field, table))
    case .slot(let list, let slot, let part):
      var entries = entries(list)
      let place = entries.firstIndex { $0["field"]?.string == slot }
      let entry = place.flatMap { entries[$0].object } ?? ["field": .string(slot)]
      let changed = JSON.object(try Self.laid(json, on: part, of: entry, field, table))
      if let place { entries[place] = changed } else { entries.append(changed) }
      members[list] = .array(entries)
    case .custom(let id):
      var entries = entries("custom_fields").filter { $0["id"]?.plainText != id }
      entries.append(["id": .string(id), "content": json])
      members["custom_fields"] = .array(entries)
    case .constant, .asked, .nowhere: break
    }
  }

  /// A list as it is to be so far; contents that are null say nothing.
  private func entries(_ list: String) -> [JSON] {
    if let entries = members[list]?.array { return entries }
    let entries = base[list]?.array ?? []
    guard list == "custom_fields" else { return entries }
    return entries.filter { $0["content"]?.isNull == false }
  }

  /// An entry with one part changed, and without what spoke of the part as it was.
  private static func laid(
    _ json: JSON, on part: String, of entry: [String: JSON], _ field: BridgeField, _ table: String
  ) throws(XMLRPCFault) -> [String: JSON] {
    var entry = entry
    if field.kind == .region {
      entry["region"] = nil
      entry["region_code"] = nil
      guard let text = json.string else { return entry }
      guard let country = entry["country_code"]?.string else {
        throw ServiceFault.invalidParameter(
          "\(table).\(field.name): REST takes a region only within a country; send the country too")
      }
      if let code = Regions.code(of: text, in: country) {
        entry["region_code"] = .string(code)
      } else if Regions.areKnown(in: country) {
        throw ServiceFault.invalidParameter(
          "\(table).\(field.name): \(Echo.value(text)) is no region of \(Countries.name(of: country) ?? country)")
      } else {
        entry["region"] = json
      }
      return entry
    }
    let before = entry[part]
    entry[part] = json.isNull ? nil : json
    guard before != json else { return entry }
    switch part {
    case "country_code": entry["country"] = nil
    case "postal_code": entry["zip_code"] = nil
    case "number": entry["number_e164"] = nil
    // Consent is a matter of the address, and not of the place where it stands.
    case "email" where NormalForm.email(before?.string ?? "") != NormalForm.email(json.string ?? ""):
      entry["opt_in_reason"] = nil
    default: break
    }
    return entry
  }

  /// Takes out what is left with nothing in it, and what REST tells of an entry but does not take.
  /// - Throws: fault 12 for a part that REST cannot hold by itself, such as the type of a phone that is not there.
  private mutating func settle(_ changed: [BridgeField], of table: String) throws(XMLRPCFault) {
    for field in changed {
      switch field.place {
      case .slot(let list, let slot, let part):
        guard let entries = members[list]?.array, let place = entries.firstIndex(where: { $0["field"]?.string == slot })
        else { continue }
        if Self.isWorth(entries[place], in: list) { continue }
        let old = base[list]?.array?.first { $0["field"]?.string == slot }
        // Either it has just been cleared, or it was never there to be a part of.
        guard Self.isNothing(entries[place][part]) || old.map({ Self.isWorth($0, in: list) }) == true else {
          throw ServiceFault.invalidParameter("\(table).\(field.name): REST keeps it only beside what it belongs to")
        }
        members[list] = .array(entries.filter { $0["field"]?.string != slot })
      case .part(let root, _) where members[root]?.object?.keys.allSatisfy({ $0 == "field" }) == true:
        members[root] = .null
      default: break
      }
    }
    if let emails = members["email_addresses"]?.array {
      members["email_addresses"] = .array(emails.map(Self.asTaken))
    }
    if let email = members["email_address"] { members["email_address"] = Self.asTaken(email) }
  }

  /// The part without which an entry is nothing.
  private static func main(_ list: String) -> String? {
    switch list {
    case "email_addresses": "email"
    case "phone_numbers", "fax_numbers": "number"
    default: nil
    }
  }

  /// An e-mail address as REST takes it: it tells more of one than it takes.
  private static func asTaken(_ entry: JSON) -> JSON {
    guard let parts = entry.object else { return entry }
    return .object(parts.filter { ["email", "field", "opt_in_reason"].contains($0.key) })
  }

  private static func isWorth(_ entry: JSON, in list: String) -> Bool {
    if let main = main(list) { return !isNothing(entry[main]) }
    return entry.object?.contains { $0.key != "field" && !isNothing($0.value) } ?? false
  }

  private static func isNothing(_ json: JSON?) -> Bool { json.map { $0.isNull || $0 == "" } ?? true }
}
