import NIOCore
import Synchronization
import Wire

/// Sends requests over connections that are kept for the next one, as many at once as are asked for.
package final class OutboundClient: Sendable {
  private let dialer: Dialer
  private let idle = Mutex<[Origin: [any Channel]]>([:])
  /// The longest answer body that is read, in bytes.
  private let bodyLimit: Int
  private let idleTime: TimeAmount
  private static let mostIdle = 32

  /// - Parameters:
  ///   - reach: which addresses may be asked.
  ///   - names: who looks up the names that are asked.
  ///   - idleTime: how long an unused connection is kept: shorter than servers do, so that a request seldom meets a closing one.
  package init(
    tls: ClientTLS = .http, reach: Reach = .anywhere, names: NameLookups = .shared, bodyLimit: Int = 8 << 20,
    idleTime: TimeAmount = .seconds(5)
  ) {
    dialer = Dialer(tls: tls, reach: reach, names: names)
    self.bodyLimit = bodyLimit
    self.idleTime = idleTime
  }

  /// Sends one request; redirects are answers like any other.
  ///
  /// A request that met a kept connection just as the server closed it is sent again on a fresh one, if nothing of it
  /// had left or repeating it is harmless (RFC 9110 section 9.2.2). Nothing else is repeated.
  ///
  /// - Parameter party: on whose behalf the origin's name is looked up; by default each name has its own turn.
  /// - Throws: ``OutboundFailure``, in words for a person that name the origin and nothing of the request.
  package func send(
    _ request: OutboundRequest, timeout: Duration = .seconds(60), of party: String? = nil
  ) async throws(OutboundFailure) -> OutboundResponse {
    let deadline = NIODeadline.now() + TimeAmount(timeout)
    if let kept = take(request.url.origin) {
      do throws(OutboundFailure) {
        return try await run(request, on: kept, deadline, party)
      } catch {
        switch error {
        case .notSent: break
        case .noAnswer(_, answerBegan: false)
        where Self.isIdempotent(request.method) && NIODeadline.now() < deadline && !Task.isCancelled:
          break
        case .noAnswer: throw error
        }
      }
    }
    return try await run(request, on: nil, deadline, party)
  }

  package func send(
    _ method: String, _ url: String, headers: [(name: String, value: String)] = [], body: [UInt8]? = nil,
    timeout: Duration = .seconds(60)
  ) async throws(OutboundFailure) -> OutboundResponse {
    guard let url = OutboundURL(url) else {
      throw .notSent("The address is not an https one; plain http is for this machine alone.")
    }
    return try await send(OutboundRequest(method, url, headers: headers, body: body), timeout: timeout)
  }

  /// Closes the connections that are kept.
  package func close() async {
    let kept = idle.withLock { idle in
      defer { idle = [:] }
      return idle.values.flatMap { $0 }
    }
    for channel in kept { try? await channel.close() }
  }

  private func run(
    _ request: OutboundRequest, on kept: (any Channel)?, _ deadline: NIODeadline, _ party: String?
  ) async throws(OutboundFailure) -> OutboundResponse {
    let origin = request.url.origin
    do throws(OutboundFailure) {
      let channel = if let kept { kept } else { try await open(origin, deadline, party) }
      let response = try await channel.exchange(
        request, deadline: deadline, bodyLimit: bodyLimit, keptFor: idleTime, endsWithCaller: true)
      put(channel, origin)
      return response
    } catch {
      switch error {
      case .notSent(let reason): throw .notSent("\(origin) cannot be reached: \(reason).")
      case .noAnswer(let reason, let began): throw .noAnswer("\(origin) gave no answer: \(reason).", answerBegan: began)
      }
    }
  }

  private func open(
    _ origin: Origin, _ deadline: NIODeadline, _ party: String?
  ) async throws(OutboundFailure) -> any Channel {
    do {
      return try await dialer.open(origin, deadline: deadline, of: party)
    } catch {
      throw .notSent(error.description)
    }
  }

  private func take(_ origin: Origin) -> (any Channel)? {
    idle.withLock { idle in
      while let channel = idle[origin]?.popLast() {
        if channel.isActive { return channel }
      }
      idle[origin] = nil
      return nil
    }
  }

  private func put(_ channel: any Channel, _ origin: Origin) {
    guard channel.isActive else { return }
    let isKept = idle.withLock { idle in
      guard idle[origin, default: []].count < Self.mostIdle else { return false }
      idle[origin, default: []].append(channel)
      return true
    }
    if !isKept { channel.close(promise: nil) }
  }

  private static func isIdempotent(_ method: String) -> Bool {
    ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"].contains(method)
  }
}
