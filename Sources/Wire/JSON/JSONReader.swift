/// The reading half of `JSON.parse`: one pass over the bytes, recursion bounded by `maximumDepth`.
struct JSONReader {
  let bytes: [UInt8]
  let maximumDepth: Int
  var position = 0

  init(bytes: [UInt8], maximumDepth: Int) {
    self.bytes = bytes
    self.maximumDepth = maximumDepth
  }

  func fault(_ reason: String) -> JSONFault { JSONFault(reason: reason, offset: position) }

  private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

  mutating func skipSpace() {
    while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
  }

  mutating func value(depth: Int) throws(JSONFault) -> JSON {
    skipSpace()
    guard depth <= maximumDepth else { throw fault("nested deeper than \(maximumDepth)") }
    switch next {
    case UInt8(ascii: "{"): return try object(depth: depth)
    case UInt8(ascii: "["): return try array(depth: depth)
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    case .some(UInt8(ascii: "-")), .some(UInt8(ascii: "0")...UInt8(ascii: "9")): return try number()
    case nil: throw fault(position == 0 ? "the text is empty" : "the text ends too early")
    default: throw fault("no value begins with this")
    }
  }

  private mutating func word(_ word: String, _ value: JSON) throws(JSONFault) -> JSON {
    guard bytes[position...].starts(with: word.utf8) else { throw fault("no value begins with this") }
    position += word.utf8.count
    return value
  }

  private mutating func object(depth: Int) throws(JSONFault) -> JSON {
    var members: [String: JSON] = [:]
    position += 1
    skipSpace()
    if next == UInt8(ascii: "}") {
      position += 1
      return .object(members)
    }
    while true {
      skipSpace()
      guard next == UInt8(ascii: "\"") else { throw fault("expected a key in quotes") }
      let key = try string()
      skipSpace()
      guard next == UInt8(ascii: ":") else { throw fault("expected a colon") }
      position += 1
      members[key] = try value(depth: depth + 1)
      if try closes(with: UInt8(ascii: "}"), "expected a comma or a closing brace") { return .object(members) }
    }
  }

  private mutating func array(depth: Int) throws(JSONFault) -> JSON {
    var elements: [JSON] = []
    position += 1
    skipSpace()
    if next == UInt8(ascii: "]") {
      position += 1
      return .array(elements)
    }
    while true {
      elements.append(try value(depth: depth + 1))
      if try closes(with: UInt8(ascii: "]"), "expected a comma or a closing bracket") { return .array(elements) }
    }
  }

  private mutating func closes(with end: UInt8, _ reason: String) throws(JSONFault) -> Bool {
    skipSpace()
    guard let byte = next, byte == end || byte == UInt8(ascii: ",") else { throw fault(reason) }
    position += 1
    return byte == end
  }

  private mutating func number() throws(JSONFault) -> JSON {
    let start = position
    if next == UInt8(ascii: "-") { position += 1 }
    let whole = digits()
    guard whole > 0 else { throw fault("expected a digit") }
    guard whole == 1 || bytes[position - whole] != UInt8(ascii: "0") else {
      throw fault("a number with a leading zero")
    }
    var isWhole = true
    if next == UInt8(ascii: ".") {
      position += 1
      isWhole = false
      guard digits() > 0 else { throw fault("expected a digit") }
    }
    if next == UInt8(ascii: "e") || next == UInt8(ascii: "E") {
      position += 1
      isWhole = false
      if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") { position += 1 }
      guard digits() > 0 else { throw fault("expected a digit") }
    }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    if isWhole, let value = Int64(text) { return .integer(value) }
    guard let value = Double(text), value.isFinite else { throw fault("a number out of range") }
    return .number(value)
  }

  /// Steps over digits and says how many.
  private mutating func digits() -> Int {
    let start = position
    while let byte = next, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { position += 1 }
    return position - start
  }

  private mutating func string() throws(JSONFault) -> String {
    position += 1
    var text: ArraySlice<UInt8> = []
    var start = position
    while let byte = next {
      switch byte {
      case UInt8(ascii: "\""):
        let rest = bytes[start..<position]
        guard let string = String(validating: text.isEmpty ? rest : text + rest, as: UTF8.self) else {
          throw fault("a string that is not UTF-8")
        }
        position += 1
        return string
      case UInt8(ascii: "\\"):
        text += bytes[start..<position]
        position += 1
        text += try escape()
        start = position
      case ..<0x20: throw fault("a control character in a string")
      default: position += 1
      }
    }
    throw fault("a string that never closes")
  }

  private mutating func escape() throws(JSONFault) -> [UInt8] {
    guard let byte = next else { throw fault("a string that never closes") }
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
    case UInt8(ascii: "b"): return [0x08]
    case UInt8(ascii: "f"): return [0x0C]
    case UInt8(ascii: "n"): return [0x0A]
    case UInt8(ascii: "r"): return [0x0D]
    case UInt8(ascii: "t"): return [0x09]
    case UInt8(ascii: "u"):
      let first = try unit()
      // The store does not take a text with a NUL, and most readers end a text there.
      guard first != 0 else { throw fault("a NUL character") }
      if let scalar = Unicode.Scalar(first) { return Array(String(scalar).utf8) }
      // A scalar beyond the basic plane is written as two surrogates; one alone means nothing.
      guard first < 0xDC00, bytes[position...].starts(with: "\\u".utf8) else { throw fault("half of a character") }
      position += 2
      let second = try unit()
      guard (0xDC00...0xDFFF).contains(second),
        let scalar = Unicode.Scalar(0x10000 + (UInt32(first - 0xD800) << 10) + UInt32(second - 0xDC00))
      else { throw fault("half of a character") }
      return Array(String(scalar).utf8)
    default: throw fault("an unknown escape")
    }
  }

  private mutating func unit() throws(JSONFault) -> UInt16 {
    let digits = bytes[position...].prefix(4).compactMap(\.hexDigit)
    guard digits.count == 4 else { throw fault("expected four hexadecimal digits") }
    position += 4
    return digits.reduce(0) { $0 << 4 | UInt16($1) }
  }
}
