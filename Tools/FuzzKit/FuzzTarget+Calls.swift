import XMLRPC

extension FuzzTarget {
  static func brokenCall(_ bytes: [UInt8]) -> String? {
    let call: MethodCall
    do { call = try MethodCall.parse(bytes) } catch { return brokenRefusal(error, of: bytes) }
    guard bytes.count <= MethodCall.mostBytes else { return "a call longer than a mebibyte was read" }
    guard 1...255 ~= call.name.utf8.count else { return "a method's name of \(call.name.utf8.count) bytes was read" }
    guard call.arguments.allSatisfy({ $0.depth <= MethodCall.mostDepth }) else { return "values too deep were read" }
    // An answer tells no zone of a time.
    let told = MethodCall(call.name, call.arguments.map(\.withoutZones))
    let written = text(of: told)
    guard written.count <= MethodCall.mostBytes else { return nil }
    guard let again = try? MethodCall.parse(written) else { return "what was written of it is not read" }
    guard again == told, text(of: again) == written else { return "what was written of it is read as another call" }
    return nil
  }

  /// A refusal is one short line, and tells of the text no more than a name.
  private static func brokenRefusal(_ fault: XMLRPCFault, of bytes: [UInt8]) -> String? {
    let sentence = Array(fault.sentence.utf8)
    guard fault.code == 0, sentence.starts(with: "Failed to parse XML-RPC request: ".utf8) else {
      return "a refusal without its code and its beginning"
    }
    guard sentence.count <= 200, sentence.allSatisfy({ 0x20..<0x7F ~= $0 }) else {
      return "a refusal of more than a line"
    }
    // A stretch of 80 bytes holds one of these of 65 whole.
    for start in stride(from: 0, through: sentence.count - 65, by: 16)
    where bytes.holds(sentence[start..<(start + 65)]) { return "a refusal that quotes the text at length" }
    return nil
  }

  /// A call with these values as answers write them.
  private static func text(of call: MethodCall) -> [UInt8] {
    let head = frame.prefix { $0 != UInt8(ascii: "^") }.count, tail = frame.count - head - 1
    var text = Array("<methodCall><methodName>\(call.name)</methodName><params>".utf8)
    for argument in call.arguments {
      text += "<param><value>".utf8
      text += MethodResponse.value(argument).serialized().dropFirst(head).dropLast(tail)
      text += "</value></param>".utf8
    }
    return text + "</params></methodCall>".utf8
  }

  /// An answer whose value is a mark.
  private static let frame = MethodResponse.value("^").serialized()
}

extension XMLRPCValue {
  fileprivate var depth: Int {
    switch self {
    case .structure(let members): 1 + (members.values.map(\.depth).max() ?? 0)
    case .array(let elements): 1 + (elements.map(\.depth).max() ?? 0)
    default: 1
    }
  }

  fileprivate var withoutZones: XMLRPCValue {
    switch self {
    case .dateTime(let time): .dateTime(WallTime(day: time.day, second: time.second))
    case .structure(let members): .structure(members.mapValues(\.withoutZones))
    case .array(let elements): .array(elements.map(\.withoutZones))
    default: self
    }
  }
}

extension [UInt8] {
  fileprivate func holds(_ stretch: ArraySlice<UInt8>) -> Bool {
    guard let first = stretch.first, count >= stretch.count else { return false }
    return (0...(count - stretch.count)).contains { self[$0] == first && self[$0...].starts(with: stretch) }
  }
}
