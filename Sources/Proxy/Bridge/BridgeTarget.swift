import Bridge
import OAuth
import Wire

/// Where a call in XML-RPC comes in: Keap's own paths, old and new, each also with a slash or a connection behind it.
struct BridgeTarget: Equatable {
  /// The path without the connection, for the records.
  var path: String
  /// Nil where the key says it.
  var connection: String?
  /// The key that the query or the head presents; nil where it may stand in the call.
  var key: Secret?

  private static let doors = Bridge.paths.map { $0.split(separator: "/").map(String.init) }

  /// Whether a path below `/via/{connection}` is XML-RPC's, however it is spelled: its body may hold the key, which must not go
  /// on, and its calls are of no path that a rule could name.
  static func isDoor(_ path: some StringProtocol) -> Bool {
    // Every call comes by here, and every door has an x, as it is or escaped.
    guard path.utf8.contains(where: { $0 | 0x20 == UInt8(ascii: "x") || $0 == UInt8(ascii: "%") }) else { return false }
    let segments = unescaped(path.utf8).split(separator: UInt8(ascii: "/"))
      .map { $0.prefix { $0 != UInt8(ascii: ";") } }
    return doors.contains { door in
      segments.count >= door.count
        && zip(segments, door).allSatisfy { $0.elementsEqual($1.utf8) { $0.lowercased == $1 } }
    }
  }

  /// Byte by byte, whatever the escapes stand for: what is no UTF-8 may mean nothing to whoever reads the path next.
  private static func unescaped(_ path: some Sequence<UInt8>) -> [UInt8] {
    var plain: [UInt8] = [], rest = Array(path)[...]
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "%"), let high = rest.popFirst()?.hexDigit, let low = rest.popFirst()?.hexDigit {
        plain.append(high << 4 | low)
      } else {
        plain.append(byte)
      }
    }
    return plain
  }

  /// Nil for any other path.
  /// - Throws: for a query with any credential but one `access_token`, which old clients send and nothing else takes.
  init?(path: Substring, query: Substring) throws(Refusal) {
    var segments = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
    if segments.last == "" { segments.removeLast() }
    let door = Self.doors.first { door in
      segments.count - door.count <= 1 && zip(segments, door).allSatisfy { $0 == $1 } && segments.count >= door.count
    }
    guard let door else { return nil }
    self.path = "/" + door.joined(separator: "/")
    connection = segments.count > door.count ? segments.last.map(String.init) : nil
    try RequestTarget.refuseCredentials(in: query, but: "access_token")
    guard !query.isEmpty else { return }
    guard let fields = FormFields(parsing: query) else { throw .ambiguousPath }
    let keys = fields.pairs.filter { $0.name.lowercased() == "access_token" }.map(\.value)
    guard keys.count <= 1 else { throw .twoCredentials }
    key = keys.first.map { Secret($0) }
  }
}
