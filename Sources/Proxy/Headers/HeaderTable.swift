import Wire

/// What a header field means to the data plane; a field that is in no table does not pass.
enum HeaderMeaning: Sendable {
  case pass
  case host, authorization, key, expect, upgrade
  case connection, contentLength, transferEncoding
  case location
}

/// The fields that the data plane knows in one direction, found by name without regard to case.
struct HeaderTable: Sendable {
  /// From the job to the upstream. Credentials, cookies and everything about one hop are absent or not passed.
  static let request = HeaderTable([
    "accept": .pass,
    "accept-language": .pass,
    "authorization": .authorization,
    "connection": .connection,
    "content-encoding": .pass,
    "content-language": .pass,
    "content-length": .contentLength,
    "content-type": .pass,
    "expect": .expect,
    "host": .host,
    "idempotency-key": .pass,
    "if-match": .pass,
    "if-modified-since": .pass,
    "if-none-match": .pass,
    "if-range": .pass,
    "if-unmodified-since": .pass,
    "prefer": .pass,
    "range": .pass,
    "transfer-encoding": .transferEncoding,
    "upgrade": .upgrade,
    "user-agent": .pass,
    "x-api-key": .key,
    "x-keap-api-key": .key,
    "x-request-id": .pass,
  ])

  /// From the upstream to the job.
  static let response = HeaderTable(
    [
      "accept-ranges": .pass,
      "age": .pass,
      "allow": .pass,
      "cache-control": .pass,
      "connection": .connection,
      "content-disposition": .pass,
      "content-encoding": .pass,
      "content-language": .pass,
      "content-length": .contentLength,
      "content-range": .pass,
      "content-type": .pass,
      "date": .pass,
      "deprecation": .pass,
      "etag": .pass,
      "expires": .pass,
      "last-modified": .pass,
      "location": .location,
      "preference-applied": .pass,
      "retry-after": .pass,
      "sunset": .pass,
      "transfer-encoding": .transferEncoding,
      "vary": .pass,
      "www-authenticate": .pass,
      "x-request-id": .pass,
    ],
    passing: ["x-keap-", "x-ratelimit-"])

  private struct Slot: Sendable {
    var name: [UInt8]
    var meaning: HeaderMeaning
  }

  private let slots: [Slot?]
  private let prefixes: [[UInt8]]

  init(_ entries: KeyValuePairs<String, HeaderMeaning>, passing prefixes: [String] = []) {
    var slots = [Slot?](repeating: nil, count: 256)
    for (name, meaning) in entries {
      let bytes = Array(name.utf8)
      var index = bytes.withUnsafeBufferPointer(Self.hash)
      while slots[index] != nil { index = (index + 1) & 255 }
      slots[index] = Slot(name: bytes, meaning: meaning)
    }
    self.slots = slots
    self.prefixes = prefixes.map { Array($0.utf8) }
  }

  subscript(name: String) -> HeaderMeaning? {
    var name = name
    return name.withUTF8 { name in
      var index = Self.hash(name)
      while let slot = slots[index] {
        if slot.name.count == name.count, Self.begins(name, with: slot.name) { return slot.meaning }
        index = (index + 1) & 255
      }
      return prefixes.contains { Self.begins(name, with: $0) } ? .pass : nil
    }
  }

  private static func hash(_ name: UnsafeBufferPointer<UInt8>) -> Int {
    var hash: UInt32 = 2_166_136_261
    for byte in name { hash = (hash ^ UInt32(byte | 0x20)) &* 16_777_619 }
    return Int((hash ^ (hash >> 16)) & 255)
  }

  /// - Parameter prefix: in lower case.
  private static func begins(_ name: UnsafeBufferPointer<UInt8>, with prefix: [UInt8]) -> Bool {
    guard name.count >= prefix.count else { return false }
    for index in prefix.indices where name[index].lowercased != prefix[index] { return false }
    return true
  }
}
