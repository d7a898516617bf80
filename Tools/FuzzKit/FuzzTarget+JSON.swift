import Wire

extension FuzzTarget {
  static func brokenJSON(_ bytes: [UInt8]) -> String? {
    let value: JSON
    do { value = try JSON.parse(bytes) } catch {
      guard 0...bytes.count ~= error.offset else { return "a refusal whose place is outside of the text" }
      guard error.reason.utf8.count <= 60 else { return "a refusal of more than a few words" }
      return nil
    }
    guard value.depth <= 65 else { return "values too deep were read" }
    let written = value.serialized()
    guard let again = try? JSON.parse(written) else { return "what was written of it is not read" }
    guard again == value, again.serialized() == written else {
      return "what was written of it is read as another value"
    }
    return nil
  }

  static func brokenForm(_ bytes: [UInt8]) -> String? {
    guard let fields = FormFields(parsing: String(decoding: bytes, as: UTF8.self)) else { return nil }
    guard fields.pairs.count <= bytes.count else { return "more fields than bytes were read" }
    guard !fields.pairs.contains(where: { $0.name.utf8.contains(0) || $0.value.utf8.contains(0) }) else {
      return "a NUL was read"
    }
    let written = fields.encoded
    guard let again = FormFields(parsing: written) else { return "what was written of it is not read" }
    guard again == fields, again.encoded == written else { return "what was written of it is read as other fields" }
    return nil
  }
}

extension JSON {
  fileprivate var depth: Int {
    switch self {
    case .array(let elements): 1 + (elements.map(\.depth).max() ?? 0)
    case .object(let members): 1 + (members.values.map(\.depth).max() ?? 0)
    default: 1
    }
  }
}
