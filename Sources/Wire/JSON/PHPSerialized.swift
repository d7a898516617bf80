/// Reads what PHP's `serialize()` writes, as far as stored tokens need it: objects and arrays become objects by their keys.
package struct PHPSerialized {
  /// Where and why it is no such text. Nothing of it is quoted, since it may hold secrets.
  package struct Fault: Error, Equatable {
    /// In bytes of UTF-8.
    package var offset: Int
    package var reason: String
  }

  /// Values within values.
  package static let mostDepth = 16
  /// Members of one object or array.
  package static let mostMembers = 1000
  private let bytes: [UInt8]
  private var position = 0

  package static func parse(_ text: String) throws(Fault) -> JSON {
    var reader = PHPSerialized(bytes: Array(text.utf8))
    let value = try reader.value(depth: 0)
    guard reader.position == reader.bytes.count else { throw reader.fault("something follows its end") }
    return value
  }

  private init(bytes: [UInt8]) { self.bytes = bytes }

  private func fault(_ reason: String) -> Fault {
    Fault(offset: position, reason: position >= bytes.count ? "it ends too early" : reason)
  }

  private mutating func value(depth: Int) throws(Fault) -> JSON {
    guard depth < Self.mostDepth else { throw fault("it is too deep") }
    let kind = try next()
    if kind == UInt8(ascii: "N") {
      try expect(";")
      return .null
    }
    try expect(":")
    switch kind {
    case UInt8(ascii: "i"):
      guard let number = Int64(try text(until: ";")) else { throw fault("a number is expected") }
      return .integer(number)
    case UInt8(ascii: "d"):
      guard let number = Double(try text(until: ";")), number.isFinite else { throw fault("a number is expected") }
      return .number(number)
    case UInt8(ascii: "b"):
      switch try text(until: ";") {
      case "1": return .bool(true)
      case "0": return .bool(false)
      default: throw fault("0 or 1 is expected")
      }
    case UInt8(ascii: "s"):
      let string = try string()
      try expect(";")
      return .string(string)
    case UInt8(ascii: "a"): return try members(depth: depth)
    case UInt8(ascii: "O"):
      // A database that drops backslashes leaves a class name that is shorter than its length says, so the length is not
      // believed.
      _ = try text(until: ":")
      try expect("\"")
      _ = try text(until: "\"")
      try expect(":")
      return try members(depth: depth)
    default: throw fault("a value is expected")
    }
  }

  private mutating func members(depth: Int) throws(Fault) -> JSON {
    guard let count = Int(try text(until: ":")), (0...Self.mostMembers).contains(count) else {
      throw fault("a count is expected")
    }
    try expect("{")
    var members: [String: JSON] = [:]
    for _ in 0..<count {
      let key = try value(depth: depth + 1)
      // The key of a private or protected property has its class, or `*`, before its name, between two NULs.
      guard let name = (key.string ?? key.integer.map(String.init))?.split(separator: "\0").last else {
        throw fault("a key is expected")
      }
      members[String(name)] = try value(depth: depth + 1)
    }
    try expect("}")
    return .object(members)
  }

  private mutating func string() throws(Fault) -> String {
    guard let length = Int(try text(until: ":")), length >= 0 else { throw fault("a length is expected") }
    try expect("\"")
    guard length <= bytes.count - position else {
      position = bytes.count
      throw fault("")
    }
    let string = String(decoding: bytes[position..<position + length], as: UTF8.self)
    position += length
    try expect("\"")
    return string
  }

  private mutating func next() throws(Fault) -> UInt8 {
    guard position < bytes.count else { throw fault("") }
    position += 1
    return bytes[position - 1]
  }

  private mutating func expect(_ character: Unicode.Scalar) throws(Fault) {
    guard position < bytes.count, bytes[position] == UInt8(ascii: character) else {
      throw fault("\(character) is expected")
    }
    position += 1
  }

  private mutating func text(until end: Unicode.Scalar) throws(Fault) -> String {
    guard let stop = bytes[position...].firstIndex(of: UInt8(ascii: end)) else {
      position = bytes.count
      throw fault("")
    }
    defer { position = stop + 1 }
    return String(decoding: bytes[position..<stop], as: UTF8.self)
  }
}
