import OAuth
import Wire

/// The keeper's way to a provider's token endpoint; the network, or a test that loses answers.
package protocol TokenEndpoint: Sendable {
  /// Sends one request on a fresh connection: no redirect is followed, nothing is repeated (K12).
  func post(_ request: TokenEndpointRequest) async -> TokenEndpointAnswer
}

package struct TokenEndpointRequest: Sendable, Equatable {
  package var url: String
  package var fields: FormFields
  /// The `Authorization` header.
  package var authorization: Secret?
  /// How long the whole exchange may take.
  package var deadline: Duration
  /// Nothing of it may leave after that moment of the machine's own clock, which runs through suspend (K9).
  package var sendBy: Uptime?

  package init(
    url: String, fields: FormFields, authorization: Secret?, deadline: Duration, sendBy: Uptime? = nil
  ) {
    self.url = url
    self.fields = fields
    self.authorization = authorization
    self.deadline = deadline
    self.sendBy = sendBy
  }

  /// Why nothing of it may leave any more, if that is so.
  package func lateness(at moment: Uptime) -> String? {
    guard let sendBy, moment.milliseconds > sendBy.milliseconds else { return nil }
    return "this machine was held up, or asleep, before it could send"
  }
}

/// What became of a request; the three differ in what the provider may have done.
package enum TokenEndpointAnswer: Sendable, Equatable {
  /// No byte of the request left: the provider has seen nothing.
  case notSent(String)
  /// Bytes left and no whole answer came back: the provider may have rotated the token.
  case noAnswer(String)
  case answer(Answer)

  package struct Answer: Sendable, Equatable {
    package var status: Int
    /// Seconds or an HTTP date, as it was sent.
    package var retryAfter: String?
    /// The provider's clock.
    package var date: String?
    package var body: [UInt8]

    package init(status: Int, retryAfter: String? = nil, date: String? = nil, body: [UInt8]) {
      self.status = status
      self.retryAfter = retryAfter
      self.date = date
      self.body = body
    }
  }
}
