import Foundation
import Wire

/// A call: the name of a method, and what it is called with.
package struct MethodCall: Hashable, Sendable {
  package var name: String
  package var arguments: [XMLRPCValue]

  package init(_ name: String, _ arguments: [XMLRPCValue]) {
    self.name = name
    self.arguments = arguments
  }

  /// Bytes of a body that is read.
  package static let mostBytes = XMLDocument.mostBytes
  /// Values within values.
  package static let mostDepth = 32
  private static let mostName = 255

  /// Reads the body of a request.
  /// - Throws: fault 0, as Keap answers a body that is no call, with the reason and the place.
  package static func parse(_ body: some Collection<UInt8>) throws(XMLRPCFault) -> MethodCall {
    var reader = XMLReader(try XMLDocument(body))
    try reader.expect("methodCall")
    try reader.expect("methodName")
    let name = try reader.content(of: "methodName")
    guard !name.isEmpty, name.utf8.count <= mostName,
      name.utf8.allSatisfy({ $0.isASCIILetter || $0.isASCIIDigit || "_.:/".utf8.contains($0) })
    else { throw reader.fault("a method's name that is none") }
    var arguments: [XMLRPCValue] = []
    if try reader.nextElement(in: "methodCall") == "params" {
      while let child = try reader.nextElement(in: "params") {
        guard child == "param" else { throw reader.unexpected(child, in: "params") }
        try reader.expect("value")
        arguments.append(try reader.value(depth: 1))
        try reader.expectClose(of: "param")
      }
      try reader.expectClose(of: "methodCall")
    }
    guard try reader.next() == .end else { throw reader.fault("more text after the call") }
    return MethodCall(name, arguments)
  }
}

extension XMLReader {
  func unexpected(_ name: String, in parent: String) -> XMLRPCFault {
    fault("<\(name)> where \(parent) has no such element")
  }

  /// The next element within one that is open; nil at that one's end.
  mutating func nextElement(in parent: String) throws(XMLRPCFault) -> String? {
    while true {
      switch try next() {
      case .open(let name): return name
      case .close: return nil
      case .text(let text):
        guard text.utf8.allSatisfy(\.isXMLSpace) else { throw fault("text in <\(parent)>") }
      case .end: throw fault("the text ends too early")
      }
    }
  }

  mutating func expect(_ name: String) throws(XMLRPCFault) {
    guard let found = try nextElement(in: name) else { throw fault("<\(name)> is missing") }
    guard found == name else { throw fault("<\(found)> where <\(name)> must be") }
  }

  mutating func expectClose(of name: String) throws(XMLRPCFault) {
    if let more = try nextElement(in: name) { throw unexpected(more, in: name) }
  }

  /// The text of an element that holds nothing else, up to its end.
  mutating func content(of name: String) throws(XMLRPCFault) -> String {
    switch try next() {
    case .close: return ""
    case .text(let text):
      guard try next() == .close else { throw fault("an element in <\(name)>") }
      return text
    case .open(let child): throw unexpected(child, in: name)
    case .end: throw fault("the text ends too early")
    }
  }

  /// Reads a value whose tag is open.
  mutating func value(depth: Int) throws(XMLRPCFault) -> XMLRPCValue {
    guard depth <= MethodCall.mostDepth else { throw fault("values nested deeper than \(MethodCall.mostDepth)") }
    var piece = try next()
    if case .text(let text) = piece {
      piece = try next()
      if piece == .close { return .string(text) }
      guard text.utf8.allSatisfy(\.isXMLSpace) else { throw fault("text beside the type of a value") }
    }
    guard case .open(let type) = piece else { return "" }
    let value = try typed(type, depth: depth)
    try expectClose(of: "value")
    return value
  }

  private mutating func typed(_ type: String, depth: Int) throws(XMLRPCFault) -> XMLRPCValue {
    switch type {
    case "struct": return .structure(try members(depth: depth))
    case "array": return .array(try elements(depth: depth))
    case "string": return .string(try content(of: type))
    case "i8": throw fault("<i8>: whole numbers have 32 bits here; send an int, or the digits as a string")
    case "int", "i4", "boolean", "double", "dateTime.iso8601", "base64", "nil":
      guard let value = Self.scalar(type, try content(of: type).trimmedOfXMLSpace) else {
        throw fault("<\(type)> with something in it that is none")
      }
      return value
    default: throw fault("<\(type)> is no type of XML-RPC")
    }
  }

  /// Bytes of a double. The largest there is has 309 digits where it is written without an exponent.
  private static let mostDigits = 400

  /// - Parameter text: without white space around it.
  private static func scalar(_ type: String, _ text: Substring) -> XMLRPCValue? {
    switch type {
    case "int", "i4": return Int32(text).map(XMLRPCValue.int)
    case "boolean":
      switch text {
      case "1", "true": return true
      case "0", "false": return false
      default: return nil
      }
    case "double":
      guard text.utf8.count <= mostDigits, text.utf8.allSatisfy({ $0.isASCIIDigit || "+-.eE".utf8.contains($0) }),
        let number = Double(text), number.isFinite
      else { return nil }
      return .double(number)
    case "dateTime.iso8601": return WallTime(String(text)).map(XMLRPCValue.dateTime)
    case "base64": return Data(base64Encoded: Data(text.utf8.filter { !$0.isXMLSpace })).map { .base64(Array($0)) }
    default: return text.isEmpty ? .null : nil
    }
  }

  private mutating func members(depth: Int) throws(XMLRPCFault) -> [String: XMLRPCValue] {
    var members: [String: XMLRPCValue] = [:]
    while let child = try nextElement(in: "struct") {
      guard child == "member" else { throw unexpected(child, in: "struct") }
      try expect("name")
      let name = try content(of: "name")
      guard name.utf8.count <= 255 else { throw fault("a member's name longer than 255 bytes") }
      try expect("value")
      guard members.updateValue(try value(depth: depth + 1), forKey: name) == nil else {
        throw fault("a member of a struct given twice")
      }
      try expectClose(of: "member")
    }
    return members
  }

  private mutating func elements(depth: Int) throws(XMLRPCFault) -> [XMLRPCValue] {
    var elements: [XMLRPCValue] = []
    // An array without <data> is against the letter, and sent by some clients for an empty one.
    guard let data = try nextElement(in: "array") else { return [] }
    guard data == "data" else { throw unexpected(data, in: "array") }
    while let child = try nextElement(in: "data") {
      guard child == "value" else { throw unexpected(child, in: "data") }
      elements.append(try value(depth: depth + 1))
    }
    try expectClose(of: "array")
    return elements
  }
}

extension String {
  fileprivate var trimmedOfXMLSpace: Substring {
    let bytes = utf8.drop(while: \.isXMLSpace)
    guard let last = bytes.lastIndex(where: { !$0.isXMLSpace }) else { return "" }
    return Substring(bytes[...last])
  }
}
