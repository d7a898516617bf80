import Foundation
import OAuth
import Store
import Wire

/// What a slot of the journal holds: the answer to a refresh, or to the code of an approval.
package enum Journaled: Sendable {
  case refresh(Received)
  case approval(ApprovalAnswer)

  package var connection: String {
    switch self {
    case .refresh(let received): received.connection
    case .approval(let answer): answer.connection
    }
  }

  /// The refresh token that it brought, if any.
  package var refreshToken: Secret? {
    switch self {
    case .refresh(let received): received.response.refreshToken
    case .approval(let answer): (try? answer.tokens())?.refreshToken
    }
  }

  /// Whether it is the answer to a refresh of that connection (K13).
  func isRefresh(of name: String) -> Bool {
    if case .refresh(let received) = self { received.connection == name } else { false }
  }

  package init(sealed: [UInt8], _ ring: KeyRing) throws {
    let text = Data(try ring.open(sealed, at: .journal).exposed.utf8)
    if let answer = try JSONDecoder().decode(Kind.self, from: text).approval {
      self = .approval(answer)
    } else {
      self = .refresh(try JSONDecoder().decode(Received.self, from: text))
    }
  }

  /// An approval is the member `approval`; the answer to a refresh is the whole object.
  fileprivate struct Kind: Codable { var approval: ApprovalAnswer? }
}

/// What an approval has brought, with all that is needed to store it: journalled before anybody is asked who approved (K2).
package struct ApprovalAnswer: Sendable, Equatable {
  package var connection: String
  /// The client, the app that stood behind its name, and which of its credentials the code was redeemed with.
  package var client: String
  var clientID: String
  /// Nil in the journal of a version that did not name them.
  var credentials: Int64?
  /// The epoch that the row had when the code was redeemed, 0 where there was none: it lands on no newer approval (K3).
  package var epoch: Int64
  /// Which notice of a restored backup was the last then; nil as with `credentials`.
  var era: Int64?
  /// What the browser brought back beside the code, as far as it may name the tenant.
  var callback: FormFields
  /// What the token endpoint has answered, as it came.
  var answer: Secret
  var timing: AnswerTiming
  /// Whether another tenant or person may take over the name (K33).
  var replacesTenant: Bool

  package init(
    connection: String, client: Client, epoch: Int64, era: Int64, callback: FormFields, answer: Secret,
    timing: AnswerTiming, replacesTenant: Bool
  ) {
    self.connection = connection
    self.client = client.name
    clientID = client.clientID
    credentials = client.changed
    self.epoch = epoch
    self.era = era
    self.callback = callback
    self.answer = answer
    self.timing = timing
    self.replacesTenant = replacesTenant
  }

  /// Until when its access token can be used to ask who gave it: as long as the provider has said, or a day where it said
  /// nothing.
  package func asksUntil() throws -> Timestamp { timing.sentAt + .seconds(try tokens().expiresIn ?? 86_400) }

  func tokens() throws -> TokenResponse {
    try JSONDecoder().decode(TokenResponse.self, from: Data(answer.exposed.utf8))
  }
}

extension ApprovalAnswer: Codable {
  private enum CodingKeys: String, CodingKey {
    case connection, client, credentials, epoch, era, callback, answer
    case clientID = "client_id"
    case sentAt = "sent_at"
    case clockSkew = "clock_skew"
    case replacesTenant = "replaces_tenant"
  }

  package init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    connection = try fields.decode(String.self, forKey: .connection)
    client = try fields.decode(String.self, forKey: .client)
    clientID = try fields.decode(String.self, forKey: .clientID)
    credentials = try fields.decodeIfPresent(Int64.self, forKey: .credentials)
    epoch = try fields.decode(Int64.self, forKey: .epoch)
    era = try fields.decodeIfPresent(Int64.self, forKey: .era)
    callback = FormFields(parsing: try fields.decode(String.self, forKey: .callback)) ?? FormFields()
    answer = Secret(try fields.decode(String.self, forKey: .answer))
    timing = AnswerTiming(
      sentAt: Timestamp(milliseconds: try fields.decode(Int64.self, forKey: .sentAt)),
      clockSkew: .milliseconds(try fields.decode(Int64.self, forKey: .clockSkew)))
    replacesTenant = try fields.decode(Bool.self, forKey: .replacesTenant)
  }

  package func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: CodingKeys.self)
    try fields.encode(connection, forKey: .connection)
    try fields.encode(client, forKey: .client)
    try fields.encode(clientID, forKey: .clientID)
    try fields.encodeIfPresent(credentials, forKey: .credentials)
    try fields.encode(epoch, forKey: .epoch)
    try fields.encodeIfPresent(era, forKey: .era)
    try fields.encode(callback.encoded, forKey: .callback)
    try fields.encode(answer.exposed, forKey: .answer)
    try fields.encode(timing.sentAt.milliseconds, forKey: .sentAt)
    try fields.encode(timing.clockSkew.milliseconds, forKey: .clockSkew)
    try fields.encode(replacesTenant, forKey: .replacesTenant)
  }

  /// For a slot of the journal.
  func sealed(_ ring: KeyRing, _ random: Randomness) throws -> [UInt8] {
    let text = String(decoding: try JSONEncoder().encode(Journaled.Kind(approval: self)), as: UTF8.self)
    return try ring.seal(Secret(text), at: .journal, random: random)
  }
}
