import Keeper
import NIOCore
import Outbound
import Wire

/// A provider's token endpoint over the network, one fresh connection per request (K12).
///
/// It tells apart what a refresh must know: nothing left, something left and no whole answer came, or the answer. No
/// redirect is followed and nothing is repeated; a kept connection could break after half a request and tell us too
/// late.
package struct OneShotTokenEndpoint: TokenEndpoint {
  /// The longest answer that is read; a longer one is no token response.
  private static let bodyLimit = 64 << 10
  private let dialer: Dialer
  private let clock: WallClock

  package init(tls: ClientTLS = .http, clock: WallClock = .system) {
    dialer = Dialer(tls: tls)
    self.clock = clock
  }

  package func post(_ request: TokenEndpointRequest) async -> TokenEndpointAnswer {
    guard let url = OutboundURL(request.url) else {
      return .notSent("the token endpoint is not an https address; plain http is for this machine alone")
    }
    let deadline = NIODeadline.now() + TimeAmount(request.deadline)
    var headers = [("Accept", "application/json"), ("Content-Type", "application/x-www-form-urlencoded")]
    if let authorization = request.authorization { headers.append(("Authorization", authorization.exposed)) }
    let channel: any Channel
    do { channel = try await dialer.open(url.origin, deadline: deadline) } catch { return .notSent(error.description) }
    do {
      let response = try await channel.exchange(
        OutboundRequest("POST", url, headers: headers, body: Array(request.fields.encoded.utf8)),
        deadline: deadline, bodyLimit: Self.bodyLimit, keptFor: nil, endsWithCaller: false,
        lateness: { [clock] in request.lateness(at: clock.uptime()) })
      return .answer(
        .init(
          status: response.status, retryAfter: response[header: "Retry-After"], date: response[header: "Date"],
          body: response.body))
    } catch {
      switch error {
      case .notSent(let reason, _): return .notSent(reason)
      case .noAnswer(let reason, _): return .noAnswer(reason)
      }
    }
  }
}
