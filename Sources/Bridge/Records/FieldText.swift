import XMLRPC

/// A value as text: XML-RPC's clients send numbers as strings and strings as numbers.
struct FieldText {
  /// Nil for what is no single value.
  let text: String?

  init(_ value: XMLRPCValue) {
    switch value {
    case .string(let string): text = string
    case .int(let number): text = String(number)
    case .bool(let isTrue): text = isTrue ? "1" : "0"
    case .double(let number): text = Int64(exactly: number).map(String.init) ?? String(number)
    case .dateTime(let time): text = time.text
    case .null: text = ""
    case .base64, .structure, .array: text = nil
    }
  }
}
