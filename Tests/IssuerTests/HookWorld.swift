import Contacts
import OAuth
import Store
import Synchronization
import TestKit
import Testing
import Wire

@testable import Issuer

/// Receivers of hooks that answer as they are told, and note what they are told.
final class FakeReceivers: HookSender {
  struct Told: Sendable, Equatable {
    var url: String
    var id: String
    var body: JSON
    var key: Secret
  }

  private struct State {
    var told: [Told] = []
    var secrets: [Secret] = []
    var answers: [String: HookAnswer] = [:]
    var hanging: Set<String> = []
    var echoes = true
  }

  private let state = Mutex(State())

  var told: [Told] { state.withLock(\.told) }
  /// What receivers were asked to give back.
  var secrets: [Secret] { state.withLock(\.secrets) }

  /// What a receiver answers to each notice; nil for 200.
  func answer(_ url: String, _ status: Int?) {
    state.withLock { $0.answers[url] = status.map { HookAnswer(status: $0) } }
  }

  func hang(_ url: String) { state.withLock { _ = $0.hanging.insert(url) } }

  /// Whether receivers give back what they are given.
  func echo(_ echoes: Bool) { state.withLock { $0.echoes = echoes } }

  func takeTold() -> [Told] {
    state.withLock { state in
      defer { state.told = [] }
      return state.told
    }
  }

  func post(_ message: HookMessage, of tenant: Int64) async throws -> HookAnswer {
    switch message {
    case .question(let url, let secret):
      let (answer, hangs) = state.withLock { state in
        state.secrets.append(secret)
        return (
          HookAnswer(status: 200, secret: state.echoes ? secret : nil), state.hanging.contains(url.address)
        )
      }
      if hangs { try await Task.sleep(for: .seconds(3600)) }
      return answer
    case .notice(let url, let id, _, let body, let key):
      let address = url.address, json = try JSON.parse(body)
      let (answer, hangs) = state.withLock { state in
        state.told.append(Told(url: address, id: id, body: json, key: key))
        return (state.answers[address], state.hanging.contains(address))
      }
      // Somebody who says nothing is given up after the time that a call may take.
      if hangs { try await Task.sleep(for: .seconds(3600)) }
      return answer ?? HookAnswer(status: 200)
    }
  }
}

/// A world with receivers of hooks.
struct HookWorld: Sendable {
  var batch: UpsertWorld
  var receivers = FakeReceivers()

  var world: IssuerWorld { batch.world }
  var issuer: Issuer { batch.world.issuer }
  static let url = "https://hooks.example/contacts"

  init(database: (any Database)? = nil) async throws { batch = try await UpsertWorld(database: database) }

  /// A hook whose receiver has confirmed it.
  @discardableResult
  func hook(_ event: HookEvent = .contactAdd, _ url: String = url, by caller: Caller? = nil) async throws -> Hook {
    let caller = caller ?? batch.caller
    let (unconfirmed, _) = try await issuer.addHook(
      HookRequest(event: event, url: OutboundURL(url)), by: caller)
    return try await issuer.ask(unconfirmed, through: receivers, by: caller)
  }

  func read(_ hook: Hook) async throws -> Hook { try await issuer.hook(hook.key, by: batch.caller) }

  func add(_ email: String = "ann@shop.example") async throws -> Int64 {
    try await batch.create(UpsertWorld.person(email)).id
  }

  /// Sends once what is due now.
  func sendDue() async throws {
    while let claimed = try await issuer.claimNotice(without: []) { await issuer.send(claimed, through: receivers) }
  }

  /// The events that the user is shown.
  func events() async throws -> [UserEvent] { try await issuer.events(of: try await world.signIn()) }
}

extension OutboundURL {
  fileprivate var address: String { "\(origin)\(target)" }
}

extension FakeReceivers.Told {
  var ids: [Int64] { body["object_keys"]?.array?.compactMap { $0["id"]?.integer } ?? [] }
}
