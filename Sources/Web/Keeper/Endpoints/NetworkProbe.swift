import Keeper
import NIOCore
import NIOSSL
import Operator
import Outbound
import Wire

/// Looks at an origin over the network: name, connection, certificate, and the answer to one `HEAD /` without credentials.
package struct NetworkProbe: OriginProbe {
  private let dialer: Dialer
  private let timeout: Duration

  package init(tls: ClientTLS = .http, timeout: Duration = .seconds(10)) {
    dialer = Dialer(tls: tls)
    self.timeout = timeout
  }

  package func look(at origin: Origin) async -> OriginSight {
    let deadline = NIODeadline.now() + TimeAmount(timeout)
    let channel: any Channel
    do { channel = try await dialer.open(origin, deadline: deadline) } catch {
      return switch error {
      case .unresolved: .unresolved
      case .insecure, .noRoots: .insecure(error.description)
      case .slowName, .refused, .late, .notPublic, .broken: .unreachable(error.description)
      }
    }
    defer { channel.close(promise: nil) }
    do {
      let response = try await channel.exchange(
        OutboundRequest("HEAD", OutboundURL(origin: origin, target: "/")), deadline: deadline, bodyLimit: 64 << 10,
        keptFor: TimeAmount(timeout), endsWithCaller: true)
      let certificate = try? await channel.nioSSL_peerCertificate().get()
      return .answered(
        date: response[header: "Date"].flatMap(HTTPDate.parse),
        certificateEnds: certificate.map { Timestamp(seconds: Int64($0.notValidAfter)) })
    } catch {
      return switch error {
      case .notSent(let reason, _): .unreachable(reason)
      case .noAnswer(let reason, _): .silent(reason)
      }
    }
  }
}
