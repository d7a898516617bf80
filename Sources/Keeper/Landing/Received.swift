import Foundation
import OAuth
import Store
import Wire

/// When a request was sent, and how far the provider's clock is ahead of ours by its answer (K17).
package struct AnswerTiming: Sendable, Equatable {
  package var sentAt: Timestamp
  package var clockSkew: Duration

  package init(sentAt: Timestamp, clockSkew: Duration) {
    self.sentAt = sentAt
    self.clockSkew = clockSkew
  }
}

extension AnswerTiming {
  /// - Parameter now: when the answer came. A date between these moments, give or take the second that it is rounded to, tells
  ///   of no difference.
  package init(sentAt: Timestamp, _ answer: TokenEndpointAnswer, at now: Timestamp) {
    var skew = Duration.zero
    if case .answer(let answer) = answer, let date = answer.date.flatMap(HTTPDate.parse) {
      if date > now { skew = date - now }
      if date < sentAt - .seconds(1) { skew = date - sentAt }
    }
    self.init(sentAt: sentAt, clockSkew: skew)
  }
}

/// An answer that has arrived, with all that its landing must name: what a journal keeps until it has landed (K2, K3).
package struct Received: Sendable, Equatable {
  package var connection: String
  package var epoch: Int64
  package var generation: Int64
  package var version: Int64
  /// Fingerprint of the token that was spent for it.
  package var presented: [UInt8]
  /// Fingerprint of the token that the row must still hold: `presented`, or the refused one where the spare was presented.
  package var held: [UInt8]
  /// The lease under which it was asked for; its landing ends this lease, and no later one.
  package var lease: Lease
  package var response: TokenResponse
  /// When the request was sent; the lifetime counts from here (K17).
  package var sentAt: Timestamp
  package var clockSkew: Duration
  /// Nil in the journal of a version that did not name it.
  package var grantor: Grantor?
  /// Which credentials of the client it was asked for with: it proves no others (K7). Nil as with `grantor`.
  package var credentials: Int64?

  package init(_ response: TokenResponse, of claim: Claim, _ exchange: AnswerTiming) {
    connection = claim.connection.name
    epoch = claim.connection.epoch
    generation = claim.connection.generation
    version = claim.connection.version
    presented = claim.presented
    held = claim.held
    lease = claim.lease
    self.response = response
    sentAt = exchange.sentAt
    clockSkew = exchange.clockSkew
    grantor = Grantor(claim.connection)
    credentials = claim.client.changed
  }
}

/// Whose a grant is: tokens of one are never those of another, whatever the name of the connection (K28, K33).
package struct Grantor: Sendable, Equatable, Hashable, Codable {
  package var client: String
  package var tenant: String?
  package var approver: String?

  package init(_ row: Connection) {
    client = row.client
    tenant = row.tenant
    approver = row.approver
  }

  func isOf(_ row: Connection) -> Bool { self == Grantor(row) }
}

extension Received: Codable {
  private enum CodingKeys: String, CodingKey {
    case connection, epoch, generation, version, presented, held, lease, response, grantor, credentials
    case sentAt = "sent_at"
    case clockSkew = "clock_skew"
  }

  package init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    connection = try fields.decode(String.self, forKey: .connection)
    epoch = try fields.decode(Int64.self, forKey: .epoch)
    generation = try fields.decode(Int64.self, forKey: .generation)
    version = try fields.decode(Int64.self, forKey: .version)
    presented = try fields.decode([UInt8].self, forKey: .presented)
    held = try fields.decode([UInt8].self, forKey: .held)
    lease = try fields.decode(Lease.self, forKey: .lease)
    response = try fields.decode(TokenResponse.self, forKey: .response)
    sentAt = Timestamp(milliseconds: try fields.decode(Int64.self, forKey: .sentAt))
    clockSkew = .milliseconds(try fields.decode(Int64.self, forKey: .clockSkew))
    grantor = try fields.decodeIfPresent(Grantor.self, forKey: .grantor)
    credentials = try fields.decodeIfPresent(Int64.self, forKey: .credentials)
  }

  package func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: CodingKeys.self)
    try fields.encode(connection, forKey: .connection)
    try fields.encode(epoch, forKey: .epoch)
    try fields.encode(generation, forKey: .generation)
    try fields.encode(version, forKey: .version)
    try fields.encode(presented, forKey: .presented)
    try fields.encode(held, forKey: .held)
    try fields.encode(lease, forKey: .lease)
    try fields.encode(response, forKey: .response)
    try fields.encode(sentAt.milliseconds, forKey: .sentAt)
    try fields.encode(clockSkew.milliseconds, forKey: .clockSkew)
    try fields.encodeIfPresent(grantor, forKey: .grantor)
    try fields.encodeIfPresent(credentials, forKey: .credentials)
  }

  /// For a slot of the journal.
  package func sealed(_ ring: KeyRing, _ random: Randomness) throws -> [UInt8] {
    let text = String(decoding: try JSONEncoder().encode(self), as: UTF8.self)
    return try ring.seal(Secret(text), at: .journal, random: random)
  }

  package init(sealed: [UInt8], _ ring: KeyRing) throws {
    let text = try ring.open(sealed, at: .journal).exposed
    self = try JSONDecoder().decode(Received.self, from: Data(text.utf8))
  }
}

extension KeyRing.Place {
  static let journal = KeyRing.Place(table: "journal", row: "", column: "answer")
}
