import Contacts
import OAuth
import Store
import TestKit
import Testing
import Wire

@testable import Issuer

/// Asking addresses that nobody has confirmed.
@Suite struct HookQuestionTests {
  /// Has a hook's address asked, until that is refused.
  ///
  /// - Returns: after how many times, and when to come again.
  private func askAll(_ world: HookWorld, _ hook: Hook, by caller: Caller) async throws -> (count: Int, pause: Int) {
    var count = 0
    while count < 1000 {
      do {
        let unconfirmed = try await world.issuer.reopenHook(hook.key, by: caller)
        _ = try await world.issuer.ask(unconfirmed, through: world.receivers, by: caller)
        count += 1
      } catch ContactFault.tooMany(_, let pause) {
        return (count, pause)
      }
    }
    return (count, 0)
  }

  @Test("a hook that was confirmed or asked anew while its receiver answered is told as it is then, and is no fault")
  func meanwhile() async throws {
    let world = try await HookWorld()
    let caller = world.batch.caller, issuer = world.issuer
    let request = HookRequest(event: .contactAdd, url: OutboundURL(HookWorld.url))
    let (first, _) = try await issuer.addHook(request, by: caller)
    let confirmed = try await issuer.ask(
      first,
      through: BusyReceiver { secret in _ = try await issuer.confirmHook(first.hook.key, with: secret, by: caller) },
      by: caller)
    #expect(confirmed.status == .verified && confirmed.key == first.hook.key)
    let (second, _) = try await issuer.addHook(request, by: caller)
    let changed = try await issuer.ask(
      second,
      through: BusyReceiver { _ in
        _ = try await issuer.changeHook(second.hook.key, HookRequest(event: .contactEdit), by: caller)
      }, by: caller)
    #expect(changed.status == .unverified && changed.event == .contactEdit)
    // What came back too late confirmed nothing.
    #expect(try await issuer.hook(second.hook.key, by: caller) == changed)
  }

  @Test("K32: addresses are asked so often for an approval and for a tenant, and no more until the time is over")
  func often() async throws {
    let world = try await HookWorld()
    let hook = try await world.hook()
    // The hook that was made asked once.
    let first = try await askAll(world, hook, by: world.batch.caller)
    #expect(first.count == 29 && (1...60).contains(first.pause))
    let asked = world.receivers.secrets.count
    await #expect(throws: ContactFault.self) { try await world.hook(.contactEdit) }
    await #expect(throws: ContactFault.self) {
      try await world.issuer.changeHook(hook.key, HookRequest(event: .contactEdit), by: world.batch.caller)
    }
    #expect(world.receivers.secrets.count == asked)
    #expect(try await world.issuer.hooks(by: world.batch.caller) == [hook])

    // Another approval has its own, and a third finds the tenant's used up.
    let other = try await UpsertWorld.caller(in: world.world), third = try await UpsertWorld.caller(in: world.world)
    let own = try await world.hook(by: other)
    #expect(try await askAll(world, own, by: other).count == 29)
    await #expect(throws: ContactFault.self) { try await world.hook(by: third) }

    world.world.time.advance(by: .minutes(1))
    var day = 30
    while day < 1000 {
      let minute = try await askAll(world, hook, by: world.batch.caller)
      day += minute.count
      if minute.count == 0 { break }
      world.world.time.advance(by: .minutes(1))
    }
    #expect(day == 300)
    world.world.time.advance(by: .days(1))
    #expect(try await askAll(world, hook, by: world.batch.caller).count == 30)
  }

  @Test("K32: receivers that hang while they are asked hold up so many questions of their tenant, and nobody else's")
  func hanging() async throws {
    let world = try await HookWorld()
    let tenant = try await world.issuer.addTenant(name: "Other Shop")
    try await world.issuer.addMember(email: world.world.user.email, tenant: tenant.name)
    let tokens = try await world.world.tokens(world.world.publicApp, tenant: tenant.id)
    let elsewhere = try await world.issuer.authenticate(tokens.accessToken)
    world.receivers.hang("https://slow.example/")
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<HookPolicy.mostOfTenant {
        group.addTask { _ = try? await world.hook(.contactAdd, "https://slow.example/") }
      }
      do {
        try await eventually("they are asked") { world.receivers.secrets.count == HookPolicy.mostOfTenant }
        await #expect(throws: ContactFault.self) { try await world.hook() }
        #expect(try await world.issuer.hooks(by: world.batch.caller).count == HookPolicy.mostOfTenant)
        #expect(try await world.hook(by: elsewhere).status == .verified)
      } catch {
        Issue.record(error)
      }
      group.cancelAll()
    }
    // Whoever was given up has left room.
    #expect(try await world.hook().status == .verified)
  }
}

/// A receiver that acts while it is asked, and then gives back what it was given.
private struct BusyReceiver: HookSender {
  let act: @Sendable (Secret) async throws -> Void

  init(_ act: @escaping @Sendable (Secret) async throws -> Void) { self.act = act }

  func post(_ message: HookMessage, of tenant: Int64) async throws -> HookAnswer {
    guard case .question(_, let secret) = message else { return HookAnswer(status: 200) }
    try await act(secret)
    return HookAnswer(status: 200, secret: secret)
  }
}
