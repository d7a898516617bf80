import NIOCore
import Synchronization
import Wire

/// Sends requests over connections that are kept for the next one, as many at once as are asked for.
package final class OutboundClient: Sendable {
  private struct Line: Sendable {
    var origin: Origin
    var channel: any Channel
    var opened: NIODeadline
  }

  private let dialer: Dialer
  /// The connections that wait for a request, of whatever origins, the one that has waited the longest first.
  private let idle = Mutex<[Line]>([])
  /// The longest answer body that is read, in bytes.
  private let bodyLimit: Int
  private let idleTime: TimeAmount
  private let mostIdle: Int
  private let longestLife: TimeAmount
  private static let mostIdleOfOrigin = 32

  /// - Parameters:
  ///   - reach: which addresses may be asked.
  ///   - names: who looks up the names that are asked.
  ///   - idleTime: how long an unused connection is kept: shorter than servers do, so that a request seldom meets a closing one.
  ///   - mostIdle: how many are kept of all origins.
  ///   - longestLife: how long after it was opened a connection is kept, so that what a name leads to is seen again.
  package init(
    tls: ClientTLS = .http, reach: Reach = .anywhere, names: NameLookups = .shared, bodyLimit: Int = 8 << 20,
    idleTime: TimeAmount = .seconds(5), mostIdle: Int = 128, longestLife: TimeAmount = .minutes(5)
  ) {
    dialer = Dialer(tls: tls, reach: reach, names: names)
    self.bodyLimit = bodyLimit
    self.idleTime = idleTime
    self.mostIdle = mostIdle
    self.longestLife = longestLife
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
      defer { idle = [] }
      return idle
    }
    for line in kept { try? await line.channel.close() }
  }

  private func run(
    _ request: OutboundRequest, on kept: Line?, _ deadline: NIODeadline, _ party: String?
  ) async throws(OutboundFailure) -> OutboundResponse {
    let origin = request.url.origin
    do throws(OutboundFailure) {
      let line = if let kept { kept } else { try await open(origin, deadline, party) }
      let response = try await line.channel.exchange(
        request, deadline: deadline, bodyLimit: bodyLimit, keptFor: idleTime, endsWithCaller: true)
      put(line)
      return response
    } catch {
      switch error {
      case .notSent(let reason, let failure):
        throw .notSent("\(origin) cannot be reached: \(reason).", because: failure)
      case .noAnswer(let reason, let began): throw .noAnswer("\(origin) gave no answer: \(reason).", answerBegan: began)
      }
    }
  }

  private func open(
    _ origin: Origin, _ deadline: NIODeadline, _ party: String?
  ) async throws(OutboundFailure) -> Line {
    do {
      let channel = try await dialer.open(origin, deadline: deadline, of: party)
      return Line(origin: origin, channel: channel, opened: .now())
    } catch {
      throw .notSent(error.description, because: error)
    }
  }

  private func take(_ origin: Origin) -> Line? {
    idle.withLock { idle -> Line? in
      idle.removeAll { !$0.channel.isActive }
      guard let index = idle.lastIndex(where: { $0.origin == origin }) else { return nil }
      return idle.remove(at: index)
    }
  }

  /// Keeps a connection for the next request. Where there are too many, the one goes that has waited the longest.
  private func put(_ line: Line) {
    let isOld = NIODeadline.now() - line.opened >= longestLife
    let surplus = idle.withLock { idle -> Line? in
      idle.removeAll { !$0.channel.isActive }
      guard !isOld, idle.count(where: { $0.origin == line.origin }) < Self.mostIdleOfOrigin else { return line }
      idle.append(line)
      return idle.count > mostIdle ? idle.removeFirst() : nil
    }
    surplus?.channel.close(promise: nil)
  }

  private static func isIdempotent(_ method: String) -> Bool {
    ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"].contains(method)
  }
}
