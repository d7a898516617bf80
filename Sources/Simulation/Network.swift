import Foundation
import Issuer
import Keeper
import OAuth
import Store
import Synchronization

/// The way to the issuer's token endpoint, which loses, delays, doubles, cuts and forges.
final class Network: Sendable {
  /// What becomes of one exchange.
  enum Fate: CaseIterable {
    case refused, lostRequest, lateRequest, doubled, lostAnswer, lateAnswer, cutAnswer, page, empty, gatewayBefore
    case gatewayAfter, throttled, throttledByDate, unexplained
  }

  /// A request that the network still carries after everybody has given it up.
  private struct Stray: Sendable {
    var request: TokenEndpointRequest
    var due: Timestamp
  }

  private unowned let world: World
  private let strays = Mutex<[Stray]>([])

  init(_ world: World) { self.world = world }

  func post(_ request: TokenEndpointRequest, by life: Life) async -> TokenEndpointAnswer {
    let flight = await world.truth.sending(request, by: life)
    let answer = await carry(request)
    world.truth.answered(flight, answer)
    return answer
  }

  /// Delivers what was delayed beyond every deadline.
  func deliverStrays() async {
    let now = world.time.trueNow
    let due = strays.withLock { strays in
      let due = strays.filter { $0.due <= now }
      strays.removeAll { $0.due <= now }
      return due
    }
    for stray in due { _ = await atIssuer(stray.request) }
  }

  private func carry(_ request: TokenEndpointRequest) async -> TokenEndpointAnswer {
    let dice = world.dice, weather = world.weather
    world.figures.count(\.exchanges)
    if weather.isInstant { return await atIssuer(request) }
    if weather.isEndpointDown {
      await wait(dice.span(.zero, .seconds(1)))
      world.figures.count(\.faults)
      return .notSent("connection refused")
    }
    guard dice.chance(weather.networkFails), let fate = dice.pick(Fate.allCases) else {
      await wait(dice.span(.milliseconds(10), .seconds(2)))
      return await atIssuer(request)
    }
    world.figures.count(\.faults)
    return await suffer(fate, request)
  }

  private func suffer(_ fate: Fate, _ request: TokenEndpointRequest) async -> TokenEndpointAnswer {
    let dice = world.dice
    switch fate {
    case .refused:
      return .notSent("connection refused")
    case .lostRequest:
      await wait(dice.span(.zero, request.deadline))
      return .noAnswer("cut before it arrived")
    case .lateRequest:
      // Read by the provider long after it was given up.
      strays.withLock {
        $0.append(Stray(request: request, due: world.time.trueNow + dice.span(.seconds(60), .minutes(20))))
      }
      await wait(request.deadline)
      return .noAnswer("no answer within 60 s")
    case .doubled:
      await wait(dice.span(.zero, .seconds(5)))
      let first = await atIssuer(request)
      await wait(dice.span(.zero, .seconds(5)))
      let second = await atIssuer(request)
      return dice.chance(0.5) ? first : second
    case .lostAnswer:
      await wait(dice.span(.zero, .seconds(20)))
      _ = await atIssuer(request)
      await wait(dice.span(.zero, .seconds(20)))
      return .noAnswer("cut on the way back")
    case .lateAnswer:
      await wait(dice.span(.zero, .seconds(50)))
      _ = await atIssuer(request)
      await wait(request.deadline)
      return .noAnswer("no answer within 60 s")
    case .cutAnswer:
      guard case .answer(var answer) = await atIssuer(request) else { return .noAnswer("cut") }
      answer.body = Array(answer.body.prefix(Int(dice.number(0...Int64(max(0, answer.body.count - 1))))))
      return .answer(answer)
    case .page:
      if dice.chance(0.5) { _ = await atIssuer(request) }
      return answer(200, "<html>sign in to the guest network</html>")
    case .empty:
      if dice.chance(0.5) { _ = await atIssuer(request) }
      return answer(200, "")
    case .gatewayBefore: return answer(dice.pick([500, 502, 504]) ?? 502, "<html>bad gateway</html>")
    case .gatewayAfter:
      _ = await atIssuer(request)
      return answer(dice.pick([500, 502, 504]) ?? 502, "<html>bad gateway</html>")
    case .throttled: return answer(429, "", retryAfter: "\(dice.number(0...600))")
    case .throttledByDate: return answer(429, "", retryAfter: Self.date(world.issuerNow + .minutes(2)))
    case .unexplained:
      return answer(
        dice.pick([302, 400, 403, 404, 418]) ?? 400, dice.pick(["", "{}", #"{"error":"invalid_request"}"#]) ?? "")
    }
  }

  private func atIssuer(_ request: TokenEndpointRequest) async -> TokenEndpointAnswer {
    let answer: TokenEndpointAnswer
    do throws(OAuthError) {
      guard let fields = FormFields(parsing: request.fields.encoded) else { return .noAnswer("no form") }
      let client = try PresentedClient(authorization: request.authorization?.exposed, fields: fields)
      let response = try await world.issuer.token(TokenRequest(fields: fields), client: client)
      answer = self.answer(200, String(decoding: (try? JSONEncoder().encode(response)) ?? Data(), as: UTF8.self))
    } catch {
      let body = String(decoding: (try? JSONEncoder().encode(error)) ?? Data(), as: UTF8.self)
      answer = self.answer(error.status, body, retryAfter: error.retryAfter.map(String.init))
    }
    await world.truth.issuerActed()
    return answer
  }

  private func answer(_ status: Int, _ body: String, retryAfter: String? = nil) -> TokenEndpointAnswer {
    .answer(
      TokenEndpointAnswer.Answer(
        status: status, retryAfter: retryAfter, date: Self.date(world.issuerNow), body: Array(body.utf8)))
  }

  /// As HTTP writes a date (RFC 9110 section 5.6.7).
  private static func date(_ moment: Timestamp) -> String {
    let format = DateFormatter()
    format.locale = Locale(identifier: "en_US_POSIX")
    format.timeZone = TimeZone(identifier: "GMT")
    format.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
    return format.string(from: Date(timeIntervalSince1970: Double(moment.milliseconds) / 1000))
  }

  private func wait(_ duration: Duration) async { try? await world.time.clock.sleep(duration) }
}

/// Says who has approved, and whether a token counts, as the issuer's userinfo does.
struct Userinfo: Upstream {
  let world: World
  let life: Life
  let token: Secret

  func send(_ request: UpstreamRequest) async throws -> UpstreamResponse {
    try await life.pass()
    if world.weather.isEndpointDown || world.dice.chance(world.weather.networkFails) {
      throw StoreError.unavailable("the provider cannot be reached")
    }
    do {
      let caller = try await world.issuer.authenticate(token)
      return UpstreamResponse(status: 200, body: Array(#"{"email":"\#(caller.userEmail)"}"#.utf8))
    } catch AccessRefusal.unavailable {
      return UpstreamResponse(status: 503, body: [])
    } catch {
      return UpstreamResponse(
        status: 401, body: Array(#"{"fault":{"detail":{"errorcode":"invalid_access_token"}}}"#.utf8))
    }
  }
}
