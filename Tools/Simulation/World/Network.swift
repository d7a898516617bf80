import Foundation
import Keeper
import OAuth
import Synchronization
import TestKit
import Wire

/// The way to the providers' token endpoints, which loses, delays, doubles, cuts and forges.
final class Network: Sendable {
  /// What may become of one exchange.
  private static let fates: [Incident] = [
    .notSent, .lostRequest, .lateRequest, .doubled, .lostAnswer, .lateAnswer, .cutAnswer, .page, .empty, .gatewayBefore,
    .gatewayAfter, .throttled, .throttledByDate, .unexplained,
  ]

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
    let exchange = world.custody.exchange()
    let (answer, isDefinite) = await carry(request, exchange)
    if answer.response != nil, answer.refreshToken == nil { world.figures.count(.renewalWithoutToken) }
    world.truth.answered(flight, answer, isDefinite: isDefinite, by: life)
    await world.custody.arrived(answer.refreshToken, at: life, by: exchange)
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
    for stray in due { await deliver(stray.request) }
  }

  /// Brings a request whose answer nobody waits for.
  func deliver(_ request: TokenEndpointRequest) async {
    let exchange = world.custody.exchange()
    _ = await atProvider(request, exchange)
    await world.custody.arrived(nil, at: nil, by: exchange)
  }

  /// - Returns: the answer, and whether it is what the provider said, or nothing had reached it.
  private func carry(_ request: TokenEndpointRequest, _ exchange: Int64) async -> (
    TokenEndpointAnswer, isDefinite: Bool
  ) {
    let dice = world.dice, weather = world.weather
    world.figures.count(\.exchanges)
    if weather.isInstant { return (await atProvider(request, exchange), true) }
    if weather.isEndpointDown {
      await wait(dice.span(.zero, .seconds(1)))
      world.figures.count(\.faults)
      return (.notSent("connection refused"), true)
    }
    guard dice.chance(weather.networkFails), let fate = dice.pick(Self.fates) else {
      await wait(dice.span(.milliseconds(10), .seconds(2)))
      return (await atProvider(request, exchange), true)
    }
    world.figures.count(\.faults)
    world.figures.count(fate)
    return (await suffer(fate, request, exchange), [.doubled, .throttled, .throttledByDate, .notSent].contains(fate))
  }

  private func suffer(_ fate: Incident, _ request: TokenEndpointRequest, _ exchange: Int64) async -> TokenEndpointAnswer
  {
    let dice = world.dice
    switch fate {
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
      let first = await atProvider(request, exchange)
      await wait(dice.span(.zero, .seconds(5)))
      let second = await atProvider(request, exchange)
      guard dice.chance(0.5) else { return first }
      // To whom presented it the refusal of the copy looks like any other.
      if first.refreshToken != nil, second.refreshToken == nil, let token = request.fields["refresh_token"],
        let name = world.custody.connection(of: Secret(token).fingerprint)
      {
        world.custody.waive(name, .replay)
      }
      return second
    case .lostAnswer:
      await wait(dice.span(.zero, .seconds(20)))
      _ = await atProvider(request, exchange)
      await wait(dice.span(.zero, .seconds(20)))
      return .noAnswer("cut on the way back")
    case .lateAnswer:
      await wait(dice.span(.zero, .seconds(50)))
      _ = await atProvider(request, exchange)
      await wait(request.deadline)
      return .noAnswer("no answer within 60 s")
    case .cutAnswer:
      guard case .answer(var answer) = await atProvider(request, exchange) else { return .noAnswer("cut") }
      answer.body = Array(answer.body.prefix(Int(dice.number(0...Int64(max(0, answer.body.count - 1))))))
      return .answer(answer)
    case .page:
      if dice.chance(0.5) { _ = await atProvider(request, exchange) }
      return answer(200, "<html>sign in to the guest network</html>")
    case .empty:
      if dice.chance(0.5) { _ = await atProvider(request, exchange) }
      return answer(200, "")
    case .gatewayBefore: return answer(dice.pick([500, 502, 504]) ?? 502, "<html>bad gateway</html>")
    case .gatewayAfter:
      _ = await atProvider(request, exchange)
      return answer(dice.pick([500, 502, 504]) ?? 502, "<html>bad gateway</html>")
    case .throttled: return answer(429, "", retryAfter: "\(dice.number(0...600))")
    case .throttledByDate: return answer(429, "", retryAfter: HTTPDate.text(world.time.trueNow + .minutes(2)))
    case .unexplained:
      return answer(
        dice.pick([302, 400, 403, 404, 418]) ?? 400, dice.pick(["", "{}", #"{"error":"invalid_request"}"#]) ?? "")
    default: return .notSent("connection refused")
    }
  }

  /// What the provider makes of a request, and what it gives out.
  private func atProvider(_ request: TokenEndpointRequest, _ exchange: Int64) async -> TokenEndpointAnswer {
    guard
      let service = world.services.first(where: { request.url.hasPrefix($0.origin) || request.url == $0.tokenEndpoint })
    else { return .notSent("there is no such host") }
    let answered = await service.answer(request)
    if answered.isSecond { world.figures.count(.secondAnswer) }
    let connection = request.fields["code"].flatMap { world.connection(ofCode: $0) }
    if let token = answered.answer.refreshToken, let standing = await service.standing(of: token) {
      world.custody.issued(token, standing, for: connection, in: exchange)
    }
    if let token = request.fields["refresh_token"].map({ Secret($0) }) ?? request.fields["token"].map({ Secret($0) }),
      let name = world.custody.connection(of: token.fingerprint)
    {
      if answered.endedByReplay || request.url != service.tokenEndpoint { await world.custody.ended(name) }
      if case .answer(let whole) = answered.answer, whole.status == 400, service.app.name == "keap" {
        world.figures.count(.ambiguousRefusal)
      }
    }
    return answered.answer
  }

  private func answer(_ status: Int, _ body: String, retryAfter: String? = nil) -> TokenEndpointAnswer {
    .answer(
      TokenEndpointAnswer.Answer(
        status: status, retryAfter: retryAfter, date: HTTPDate.text(world.time.trueNow), body: Array(body.utf8)))
  }

  private func wait(_ duration: Duration) async { try? await world.time.clock.sleep(duration) }
}
