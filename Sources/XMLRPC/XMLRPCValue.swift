/// A value of XML-RPC (xmlrpc.com/spec, with the nil of its common extension). Whole numbers have 32 bits.
package enum XMLRPCValue: Hashable, Sendable {
  case int(Int32)
  case bool(Bool)
  case string(String)
  case double(Double)
  case dateTime(WallTime)
  case base64([UInt8])
  case structure([String: XMLRPCValue])
  case array([XMLRPCValue])
  case null
}

extension XMLRPCValue {
  package var string: String? {
    if case .string(let text) = self { text } else { nil }
  }

  package var int: Int32? {
    if case .int(let number) = self { number } else { nil }
  }

  package var structure: [String: XMLRPCValue]? {
    if case .structure(let members) = self { members } else { nil }
  }

  package var array: [XMLRPCValue]? {
    if case .array(let elements) = self { elements } else { nil }
  }

  /// What XML-RPC calls its type, for a sentence about it.
  package var typeName: String {
    switch self {
    case .int: "int"
    case .bool: "boolean"
    case .string: "string"
    case .double: "double"
    case .dateTime: "dateTime.iso8601"
    case .base64: "base64"
    case .structure: "struct"
    case .array: "array"
    case .null: "nil"
    }
  }
}

extension XMLRPCValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
  ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  package init(stringLiteral value: String) { self = .string(value) }
  package init(integerLiteral value: Int32) { self = .int(value) }
  package init(booleanLiteral value: Bool) { self = .bool(value) }
  package init(arrayLiteral elements: XMLRPCValue...) { self = .array(elements) }
  package init(dictionaryLiteral elements: (String, XMLRPCValue)...) {
    self = .structure(Dictionary(elements, uniquingKeysWith: { _, last in last }))
  }
}

/// An error as XML-RPC tells it: with HTTP's 200, a code and a sentence.
package struct XMLRPCFault: Error, Hashable, Sendable {
  package var code: Int32
  package var sentence: String

  package init(_ code: Int32, _ sentence: String) {
    self.code = code
    self.sentence = sentence
  }
}
