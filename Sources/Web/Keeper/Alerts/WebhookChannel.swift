import Crypto
import Foundation
import Keeper
import OAuth
import Operator
import Outbound
import Wire

/// Why a channel cannot be used, or did not take a notice; in words that hold no secret.
package struct AlertFailure: Error, Sendable, Equatable, CustomStringConvertible {
  package var description: String

  package init(_ description: String) { self.description = description }
}

/// A key that webhooks are signed with, as Standard Webhooks spells it: `whsec_` and 24 to 64 bytes in base64.
package struct WebhookKey: Sendable {
  private let key: SymmetricKey

  package init(_ secret: Secret) throws(AlertFailure) {
    guard secret.exposed.hasPrefix("whsec_"), let bytes = Data(base64Encoded: String(secret.exposed.dropFirst(6))),
      (24...64).contains(bytes.count)
    else {
      throw AlertFailure(
        "The secret is not whsec_ and 24 to 64 bytes in base64. Make one with: echo whsec_$(openssl rand -base64 32)")
    }
    key = SymmetricKey(data: bytes)
  }

  /// The `webhook-signature` of a message.
  package func sign(id: String, timestamp: String, body: [UInt8]) -> String {
    var signature = HMAC<SHA256>(key: key)
    signature.update(data: Data("\(id).\(timestamp).".utf8))
    signature.update(data: body)
    return "v1," + Data(signature.finalize()).base64EncodedString()
  }
}

/// Posts notices to an address, signed as Standard Webhooks says. Any answer but 2xx is a failure; redirects are not
/// followed.
package struct WebhookChannel: AlertChannel {
  private let url: OutboundURL
  private let key: WebhookKey
  private let client: OutboundClient
  private let clock: WallClock

  /// - Throws: where the address is not https, or http on this machine, or the secret is none.
  package init(url: String, secret: Secret?, client: OutboundClient, clock: WallClock = .system) throws(AlertFailure) {
    guard let address = OutboundURL(url) else {
      throw AlertFailure("\(url) is not an https address. Plain http is for this machine alone.")
    }
    guard let secret else {
      throw AlertFailure("A webhook needs a secret to sign with: name its file with --secret-file.")
    }
    self.url = address
    key = try WebhookKey(secret)
    self.client = client
    self.clock = clock
  }

  package func deliver(_ notice: AlertNotice) async throws {
    let body = notice.json, timestamp = String(clock.now().milliseconds / 1000)
    let headers = [
      ("Content-Type", "application/json"), ("webhook-id", notice.id), ("webhook-timestamp", timestamp),
      ("webhook-signature", key.sign(id: notice.id, timestamp: timestamp, body: body)),
    ]
    let answer: OutboundResponse
    do {
      answer = try await client.send(
        OutboundRequest("POST", url, headers: headers, body: body), timeout: AlertPolicy.deadline)
    } catch {
      throw AlertFailure(error.description)
    }
    guard (200..<300).contains(answer.status) else { throw AlertFailure("\(url.origin) answered \(answer.status).") }
  }
}
