import Wire

extension FuzzTarget {
  static func brokenPHP(_ bytes: [UInt8]) -> String? {
    let text = String(decoding: bytes, as: UTF8.self)
    let value: JSON
    do { value = try PHPSerialized.parse(text) } catch {
      guard 0...text.utf8.count ~= error.offset else { return "a refusal whose place is outside of the text" }
      guard error.reason.utf8.count <= 40 else { return "a refusal of more than a few words" }
      return nil
    }
    guard value.depth <= PHPSerialized.mostDepth else { return "values too deep were read" }
    guard value.mostMembers <= PHPSerialized.mostMembers else { return "an array with too many members was read" }
    let written = value.serializedByPHP
    guard let again = try? PHPSerialized.parse(written) else { return "what was written of it is not read" }
    guard again == value, again.serializedByPHP.utf8.elementsEqual(written.utf8) else {
      return "what was written of it is read as another value"
    }
    return nil
  }
}

extension JSON {
  fileprivate var depth: Int { 1 + (object?.values.map(\.depth).max() ?? 0) }

  fileprivate var mostMembers: Int { max(object?.count ?? 0, object?.values.map(\.mostMembers).max() ?? 0) }

  /// The value as PHP would write it, an object as an array with names.
  fileprivate var serializedByPHP: String {
    switch self {
    case .null: "N;"
    case .bool(let isTrue): "b:\(isTrue ? 1 : 0);"
    case .integer(let number): "i:\(number);"
    case .number(let number): "d:\(number);"
    case .string(let text): "s:\(text.utf8.count):\"\(text)\";"
    case .array(let elements):
      "a:\(elements.count):{\(elements.enumerated().map { "i:\($0);\($1.serializedByPHP)" }.joined())}"
    case .object(let members):
      "a:\(members.count):{"
        + members.sorted { $0.key < $1.key }.map { JSON.string($0).serializedByPHP + $1.serializedByPHP }.joined() + "}"
    }
  }
}
