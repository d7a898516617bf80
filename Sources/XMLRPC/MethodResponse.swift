import Foundation

/// The answer to a call: one value, or a fault.
package enum MethodResponse: Hashable, Sendable {
  case value(XMLRPCValue)
  case fault(XMLRPCFault)

  /// The body, as Keap writes it: whole numbers as `i4`, texts without a type, members in the order of their names.
  package func serialized() -> [UInt8] {
    var bytes = Array(#"<?xml version="1.0" encoding="UTF-8"?><methodResponse>"#.utf8)
    switch self {
    case .value(let value):
      bytes += "<params><param>".utf8
      value.write(to: &bytes)
      bytes += "</param></params>".utf8
    case .fault(let fault):
      bytes += "<fault>".utf8
      XMLRPCValue.structure(["faultCode": .int(fault.code), "faultString": .string(fault.sentence)]).write(to: &bytes)
      bytes += "</fault>".utf8
    }
    bytes += "</methodResponse>".utf8
    return bytes
  }
}

extension XMLRPCValue {
  func write(to bytes: inout [UInt8]) {
    bytes += "<value>".utf8
    switch self {
    case .int(let number): bytes += "<i4>\(number)</i4>".utf8
    case .bool(let isTrue): bytes += "<boolean>\(isTrue ? 1 : 0)</boolean>".utf8
    case .string(let text): Self.write(text, to: &bytes)
    case .double(let number): bytes += "<double>\(number)</double>".utf8
    case .dateTime(let time): bytes += "<dateTime.iso8601>\(time.text)</dateTime.iso8601>".utf8
    case .base64(let data): bytes += "<base64>\(Data(data).base64EncodedString())</base64>".utf8
    case .structure(let members):
      bytes += "<struct>".utf8
      for (name, value) in members.sorted(by: { $0.key < $1.key }) {
        bytes += "<member><name>".utf8
        Self.write(name, to: &bytes)
        bytes += "</name>".utf8
        value.write(to: &bytes)
        bytes += "</member>".utf8
      }
      bytes += "</struct>".utf8
    case .array(let elements):
      bytes += "<array><data>".utf8
      for element in elements { element.write(to: &bytes) }
      bytes += "</data></array>".utf8
    case .null: bytes += "<nil/>".utf8
    }
    bytes += "</value>".utf8
  }

  /// What XML has no character for is written as the replacement character, and a carriage return so that it is read as one.
  private static func write(_ text: String, to bytes: inout [UInt8]) {
    for scalar in text.unicodeScalars {
      switch scalar {
      case "<": bytes += "&lt;".utf8
      case ">": bytes += "&gt;".utf8
      case "&": bytes += "&amp;".utf8
      case "\r": bytes += "&#13;".utf8
      default: bytes += String(scalar.isXMLCharacter ? scalar : "\u{FFFD}").utf8
      }
    }
  }
}
