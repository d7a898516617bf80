import Contacts
import Issuer
import OAuth
import Outbound
import Wire

/// Calls the receivers of hooks, each once, signed as alerts are. Redirects are not followed.
struct WebhookSender: HookSender {
  private let client: OutboundClient
  private static let deadline = Duration.seconds(10)
  static let secretField = "X-Hook-Secret"

  init(_ client: OutboundClient) { self.client = client }

  func post(_ message: HookMessage, of tenant: Int64) async throws -> HookAnswer {
    let request =
      switch message {
      case .question(let url, let secret):
        OutboundRequest("POST", url, headers: [(Self.secretField, secret.exposed)])
      case .notice(let url, let id, let moment, let body, let key): try Self.notice(url, id, moment, body, key)
      }
    let deadline = ContinuousClock.now + Self.deadline
    do {
      let answer = try await client.send(request, timeout: Self.deadline, of: "tenant \(tenant)")
      return HookAnswer(status: answer.status, secret: answer[header: Self.secretField].map { Secret($0) })
    } catch {
      throw UnansweredHook(HookTrouble(error, isLate: ContinuousClock.now >= deadline), error.description)
    }
  }

  private static func notice(
    _ url: OutboundURL, _ id: String, _ moment: Timestamp, _ body: [UInt8], _ key: Secret
  ) throws -> OutboundRequest {
    let timestamp = String(moment.milliseconds / 1000)
    let signature = try WebhookKey(key).sign(id: id, timestamp: timestamp, body: body)
    let headers = [
      ("Content-Type", "application/json"), ("webhook-id", id), ("webhook-timestamp", timestamp),
      ("webhook-signature", signature),
    ]
    return OutboundRequest("POST", url, headers: headers, body: body)
  }
}

extension HookTrouble {
  /// - Parameter isLate: whether the time that a receiver has is over.
  fileprivate init(_ failure: OutboundFailure, isLate: Bool) {
    self =
      switch failure {
      case .noAnswer: isLate ? .late : .cut
      case .notSent(_, because: .unresolved?): .unresolved
      case .notSent(_, because: .slowName?): .slowName
      case .notSent(_, because: .notPublic?): .notPublic
      case .notSent(_, because: .late?), .notSent(_, because: .insecure(.late)?): .late
      case .notSent(_, because: .insecure?): .insecure
      case .notSent: .unreachable
      }
  }
}
