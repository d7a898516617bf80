import Crypto
import Foundation
import Store
import Wire

/// An event as the chain covers it: what its link is computed from, and nothing else.
package struct ChainedEvent: Sendable, Equatable {
  /// Counts the events of the chain from 1.
  package var number: Int64
  package var at: Timestamp
  package var connection: String
  /// As it is stored, so that a kind that this version does not know is covered too.
  package var kind: String
  package var detail: String

  package init(number: Int64, at: Timestamp, connection: String, kind: String, detail: String) {
    self.number = number
    self.at = at
    self.connection = connection
    self.kind = kind
    self.detail = detail
  }

  /// The SHA-256 over the link before it and all of its own fields, each in one spelling: numbers in eight bytes, big-endian,
  /// and texts after their length.
  package func link(after previous: [UInt8]?) -> [UInt8] {
    var bytes = Array("evergrant event 1".utf8)
    Self.append(previous ?? [], to: &bytes)
    for number in [number, at.milliseconds] { withUnsafeBytes(of: number.bigEndian) { bytes += $0 } }
    for text in [connection, kind, detail] { Self.append(Array(text.utf8), to: &bytes) }
    return Array(SHA256.hash(data: bytes))
  }

  private static func append(_ field: [UInt8], to bytes: inout [UInt8]) {
    withUnsafeBytes(of: Int64(field.count).bigEndian) { bytes += $0 }
    bytes += field
  }
}

extension GrantStore {
  /// Adds an event at the end of the chain, in the transaction of the act that it tells of.
  package func event(_ kind: Event.Kind, _ connection: String, _ detail: String, _ db: any Transaction) throws {
    guard
      let end = try db.row(
        "UPDATE store_state SET event_count = event_count + 1 WHERE id = 1 RETURNING event_count, event_head")
    else { throw StoreError.unreadable("no store state") }
    let event = ChainedEvent(
      number: try end["event_count"], at: clock.now(), connection: connection, kind: kind.rawValue,
      detail: detail.onOneLine)
    let link = event.link(after: try end["event_head"])
    try db.execute(
      "INSERT INTO events (at, connection, kind, detail, link) VALUES ($1, $2, $3, $4, $5)", event.at, connection,
      event.kind, event.detail, link)
    try db.execute("UPDATE store_state SET event_head = $1 WHERE id = 1", link)
  }
}

extension String {
  /// At most 600 Unicode scalars, safe to print: names and reasons come from providers too, and a control character could
  /// rewrite a terminal.
  var onOneLine: String {
    let scalars = unicodeScalars.prefix(600).map { scalar in
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate: Unicode.Scalar(UInt8(ascii: " "))
      default: scalar
      }
    }
    return String(String.UnicodeScalarView(scalars))
  }
}
