import Wire
import XMLRPC

/// A method of Keap's XML-RPC, and what becomes of a call of it.
package struct BridgeMethod: Sendable, Hashable {
  package enum Verdict: Sendable, Hashable {
    /// As it was.
    case exact
    /// With a difference, which the sentence tells.
    case differs(String)
    /// Not at all: why, and what to do instead.
    case refused(why: String, instead: String)
  }

  package enum Kind: String, Sendable, Hashable {
    case int, string, boolean, double, date
    case structure = "struct"
    case array
    /// Whatever a field holds.
    case any
  }

  package struct Argument: Sendable, Hashable {
    package var name: String
    package var kind: Kind
    package var isOptional: Bool
  }

  /// `ContactService.load`.
  package var name: String
  /// Those after the key, which each method has first.
  package var arguments: [Argument]
  package var verdict: Verdict

  /// - Parameter arguments: names and types, such as `contactId int, selectedFields array`; a `?` stands behind one that may be
  ///   left out.
  init(_ name: String, _ arguments: String, _ verdict: Verdict) {
    self.name = name
    self.verdict = verdict
    self.arguments = arguments.split(separator: ",").compactMap { argument in
      let words = argument.split(separator: " ")
      let isOptional = words.last?.hasSuffix("?") == true
      guard words.count == 2, let kind = Kind(rawValue: String(words[1].filter { $0 != "?" })) else { return nil }
      return Argument(name: String(words[0]), kind: kind, isOptional: isOptional)
    }
  }

  package var service: Substring { name.prefix { $0 != "." } }

  /// Every method of which something is known, by services.
  package static let all: [BridgeMethod] =
    contacts + data + emails + goals + searches + sales + affiliates + discounts + files + shop

  private static let byName = Dictionary(all.map { ($0.name, $0) }) { first, _ in first }

  package static func named(_ name: String) -> BridgeMethod? { byName[name] }
}

/// What a method was called with, after the key.
struct Arguments {
  private let method: BridgeMethod
  private let values: [XMLRPCValue]

  /// - Throws: fault 0 where there are too many or too few, or the key is missing; fault 12 for one of another type.
  init(_ values: [XMLRPCValue], of method: BridgeMethod) throws {
    // A method with nothing but the key is called without one, too, where the key stands in a header (Keap's PHP SDK).
    let values = values.isEmpty && method.arguments.isEmpty ? [.string("")] : values
    let least = method.arguments.count { !$0.isOptional } + 1
    guard (least...(method.arguments.count + 1)).contains(values.count), values.first?.string != nil else {
      let given = values.map(\.typeName).joined(separator: ", ")
      let wanted = (["privateKey string"] + method.arguments.map { "\($0.name) \($0.kind.rawValue)" })
        .joined(separator: ", ")
      throw XMLRPCFault(0, "No method matching arguments: \(given) (\(method.name) takes \(wanted))")
    }
    self.method = method
    self.values = Array(values.dropFirst())
  }

  private func value(_ name: String) -> XMLRPCValue? {
    guard let index = method.arguments.firstIndex(where: { $0.name == name }), values.indices.contains(index) else {
      return nil
    }
    return values[index]
  }

  private func fault(_ name: String, _ wanted: String) -> XMLRPCFault {
    ServiceFault.invalidParameter("\(method.name): \(name) must be \(wanted)")
  }

  func any(_ name: String) -> XMLRPCValue { value(name) ?? .null }

  /// A whole number from zero on; digits in a string count as one.
  func number(_ name: String) throws -> Int {
    let value = any(name)
    guard let number = value.int.map(Int.init) ?? value.string.flatMap({ Int($0) }), number >= 0,
      number <= Int32.max
    else { throw fault(name, "a whole number") }
    return number
  }

  /// The number of a record; digits in a string may be more than an int of XML-RPC holds.
  func id(_ name: String) throws -> String {
    let value = any(name)
    guard let number = value.int.map(Int.init) ?? value.string.flatMap({ Int($0) }), number > 0 else {
      throw fault(name, "the number of a record")
    }
    return String(number)
  }

  func string(_ name: String) throws -> String {
    guard let text = FieldText(any(name)).text else { throw fault(name, "a string") }
    return text
  }

  /// PHP writes an empty struct as an empty array.
  func structure(_ name: String) throws -> [String: XMLRPCValue] {
    let value = any(name)
    if let members = value.structure { return members }
    guard value.array?.isEmpty == true else { throw fault(name, "a struct") }
    return [:]
  }

  /// Names of fields.
  func names(_ name: String) throws -> [String] {
    let value = any(name)
    if value.structure?.isEmpty == true { return [] }
    guard let elements = value.array, case let names = elements.compactMap(\.string), names.count == elements.count
    else { throw fault(name, "an array of strings") }
    return names
  }

  func flag(_ name: String) throws -> Bool? {
    switch value(name) {
    case nil: return nil
    case .bool(let flag): return flag
    case .int(0), "0", "false", "": return false
    case .int(1), "1", "true": return true
    default: throw fault(name, "a boolean")
    }
  }

  /// Nil where it was left out, or is empty.
  func optionalString(_ name: String) throws -> String? {
    switch value(name) {
    case nil, .null: nil
    default: try string(name) == "" ? nil : string(name)
    }
  }
}
