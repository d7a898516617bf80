import Foundation

/// An answer as it stood on the wire.
package struct RawAnswer: Sendable, Equatable {
  package var status: Int
  /// The status line and the headers.
  package var head: String
  /// Without the frames of its chunks.
  package var body: String

  package var headers: [(name: String, value: String)] {
    head.components(separatedBy: "\r\n").dropFirst().compactMap { line in
      let halves = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      guard halves.count == 2 else { return nil }
      return (String(halves[0]), halves[1].trimmingCharacters(in: .whitespaces))
    }
  }

  /// The headers by their names in lower case; of several with one name the last.
  package var fields: [String: String] { Dictionary(headers.map { ($0.name.lowercased(), $0.value) }) { $1 } }

  /// The first value of a header, whatever its case.
  package subscript(header name: String) -> String? {
    headers.first { $0.name.lowercased() == name.lowercased() }?.value
  }

  package func decoded<Value: Decodable>(_ type: Value.Type) throws -> Value {
    try JSONDecoder().decode(type, from: Data(body.utf8))
  }

  /// Cuts the first whole answer off, or leaves everything as it is.
  ///
  /// - Parameter isClosed: whether no more comes, so that a body without a length has ended.
  static func take(from bytes: inout [UInt8], toHead: Bool, isClosed: Bool) -> RawAnswer? {
    guard let split = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
    let head = String(decoding: bytes[..<split.lowerBound], as: UTF8.self)
    let words = head.prefix { $0 != "\r\n" }.split(separator: " ")
    guard let status = words.dropFirst().first.flatMap({ Int($0) }) else { return nil }
    var answer = RawAnswer(status: status, head: head, body: "")
    var rest = bytes[split.upperBound...], body: [UInt8] = []
    if toHead || status == 204 || status == 304 || status < 200 {
    } else if answer[header: "Transfer-Encoding"]?.lowercased() == "chunked" {
      guard let chunks = takeChunks(from: &rest) else { return nil }
      body = chunks
    } else if let length = answer[header: "Content-Length"].flatMap({ Int($0) }) {
      guard rest.count >= length else { return nil }
      body = Array(rest.prefix(length))
      rest = rest.dropFirst(length)
    } else {
      guard isClosed else { return nil }
      body = Array(rest)
      rest = []
    }
    bytes = Array(rest)
    answer.body = String(decoding: body, as: UTF8.self)
    return answer
  }

  private static func takeChunks(from rest: inout ArraySlice<UInt8>) -> [UInt8]? {
    var body: [UInt8] = []
    while true {
      guard let line = rest.firstRange(of: [13, 10]),
        let size = Int(String(decoding: rest[..<line.lowerBound], as: UTF8.self), radix: 16),
        rest[line.upperBound...].count >= size + 2
      else { return nil }
      body += rest[line.upperBound...].prefix(size)
      rest = rest[line.upperBound...].dropFirst(size + 2)
      if size == 0 { return body }
    }
  }
}
