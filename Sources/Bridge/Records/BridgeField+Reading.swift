import Contacts
import Foundation
import Wire
import XMLRPC

extension BridgeField {
  /// What a record of REST holds in this field; nil for nothing, which XML-RPC leaves out.
  ///
  /// - Parameters:
  ///   - asked: what the path of its list was filled with.
  ///   - leadSources: names by numbers, where this field is one.
  func value(
    in record: JSON, asked: [String: String] = [:], leadSources: [String: String] = [:]
  ) -> XMLRPCValue? {
    switch place {
    case .asked:
      guard let text = asked[name] else { return nil }
      return value(.string(text))
    case .constant(let text): return value(.string(text))
    case .nowhere: return nil
    case .member, .part, .reference, .slot, .custom: break
    }
    guard let json = raw(in: record), !json.isNull, json != "" else { return nil }
    if kind == .leadSource { return json.plainText.map { .string(leadSources[$0] ?? $0) } }
    return value(json)
  }

  /// The JSON of this field in a record.
  private func raw(in record: JSON) -> JSON? {
    switch place {
    case .member(let name): record[name]
    case .part(let root, let part), .reference(let root, let part): record[root].flatMap { inPlace(part, of: $0) }
    case .slot(let list, let slot, let part):
      record[list]?.array?.first { $0["field"]?.string == slot }.flatMap { inPlace(part, of: $0) }
    case .custom(let id):
      record["custom_fields"]?.array?.first { $0["id"]?.plainText == id }?["content"]
    case .constant, .asked, .nowhere: nil
    }
  }

  /// A part of an address may stand in another spelling.
  private func inPlace(_ part: String, of entry: JSON) -> JSON? {
    let plain = { (json: JSON?) in json.flatMap { $0.isNull || $0 == "" ? nil : $0 } }
    switch kind {
    case .region:
      let code = plain(entry["region_code"])?.string
      return plain(entry["region"]) ?? code.map { .string(Regions.name(of: $0) ?? $0) }
    case .country:
      let code = plain(entry["country_code"])?.string
      return code.map { .string(Countries.name(of: $0) ?? $0) } ?? plain(entry["country"])
    default: return plain(entry[part]) ?? (part == "postal_code" ? plain(entry["zip_code"]) : nil)
    }
  }

  private func value(_ json: JSON) -> XMLRPCValue? {
    let text = json.plainText
    switch kind {
    case .text, .region, .country, .leadSource, .company: return text.map(XMLRPCValue.string)
    case .id, .int:
      // A number beyond XML-RPC's 32 bits comes as its digits: nothing is cut.
      return text.map { text in Int32(text).map(XMLRPCValue.int) ?? .string(text) }
    case .decimal:
      return (json.double ?? text.flatMap(Double.init)).map(XMLRPCValue.double) ?? text.map(XMLRPCValue.string)
    case .yesNo:
      switch text {
      case "true", "1", "Yes": return 1
      case "false", "0", "No": return 0
      default: return text.map(XMLRPCValue.string)
      }
    case .day:
      return text.flatMap { CalendarDate($0) }.map { .dateTime(WallTime(day: $0)) } ?? text.map(XMLRPCValue.string)
    case .moment:
      let moment = text.flatMap(KeapTime.milliseconds).map(Timestamp.init(milliseconds:))
      return moment.flatMap { WallTime($0) }.map(XMLRPCValue.dateTime) ?? text.map(XMLRPCValue.string)
    case .money: return Money(json)?.value
    case .ids:
      return json.array.flatMap { $0.isEmpty ? nil : .string($0.compactMap(\.plainText).joined(separator: ",")) }
    case .code(let codes):
      let word = text.map { codes[$0] ?? $0 }
      return word.map { word in Int32(word).map(XMLRPCValue.int) ?? .string(word) }
    case .list:
      guard let entries = json.array else { return text.map(XMLRPCValue.string) }
      let labels = entries.compactMap { $0["label"]?.string }
      let joined =
        labels.isEmpty ? entries.compactMap(\.plainText).joined(separator: ",") : labels.joined(separator: "\n")
      return joined.isEmpty ? nil : .string(joined)
    }
  }
}

/// An amount as REST has it: whole numbers of the currency's smallest unit.
private struct Money {
  /// Currencies whose smallest unit is not a hundredth (ISO 4217).
  private static let digits: [String: Int] = Dictionary(
    uniqueKeysWithValues: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
      .split(separator: " ").map { (String($0), 0) }
      + "BHD IQD JOD KWD LYD OMR TND".split(separator: " ").map { (String($0), 3) })

  let value: XMLRPCValue

  init?(_ json: JSON) {
    guard let amount = json["amount"]?.integer else { return nil }
    let unit = pow(10, Double(Self.digits[json["currency_code"]?.string ?? ""] ?? 2))
    value = .double(Double(amount) / unit)
  }
}

extension JSON {
  /// A single value as text.
  var plainText: String? {
    switch self {
    case .string(let text): text
    case .integer(let number): String(number)
    case .number(let number): String(number)
    case .bool(let isTrue): isTrue ? "true" : "false"
    case .null, .array, .object: nil
    }
  }
}
