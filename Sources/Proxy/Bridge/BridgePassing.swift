import Bridge
import Keeper
import NIOCore
import OAuth
import Wire
import XMLRPC

/// One call in XML-RPC, from its body to its answer, off the event loop.
struct BridgePassing: Sendable {
  let plane: NIOLoopBound<LoopPlane>
  let errand: NIOLoopBound<Errand>
  let gateway: any Gateway
  let memory: BridgeMemory
  let asked: BridgeTarget
  let body: [UInt8]

  struct Outcome: Sendable {
    var result: Result<Bridge.Reply, Refusal>
    var key = ""
    var connection = ""
    /// The method, where it is one that is known.
    var method = ""
  }

  func run() async -> Outcome {
    let call = Result<MethodCall, XMLRPCFault> { () throws(XMLRPCFault) in try MethodCall.parse(body) }
    var outcome = Outcome(result: .failure(.bridgedKeyMissing))
    do {
      let presented = try presented(in: call)
      guard let key = gateway.key(presented: presented) else { throw Refusal.keyUnknown }
      outcome.key = key.name
      let connection = asked.connection ?? key.connection
      guard key.connection == connection else { throw Refusal.connectionDenied }
      outcome.connection = connection
      switch call {
      case .success(let call):
        outcome.method = BridgeMethod.named(call.name)?.name ?? ""
        let bridge = try bridge(to: connection, key: presented, of: key.name)
        outcome.result = .success(try await bridge.answer(call))
      case .failure(let fault): outcome.result = .success(.response(.fault(fault)))
      }
    } catch let refusal as Refusal {
      outcome.result = .failure(refusal)
    } catch let left as LeftBehind {
      var refusal = left.cause as? Refusal ?? .upstreamClosed(outcome.connection)
      refusal.message += " " + left.words
      outcome.result = .failure(refusal)
    } catch {
      outcome.result = .failure(.upstreamClosed(outcome.connection))
    }
    return outcome
  }

  /// The bridge under the approval that the connection has now; the calls that it makes are let through under no other.
  private func bridge(to connection: String, key: Secret, of name: String) throws(Refusal) -> Bridge {
    guard let passage = gateway.passage(to: connection) else { throw Refusal(gateway.absence(of: connection)) }
    return Bridge(
      upstream: OwnCalls(plane: plane, errand: errand, key: key, connection: connection, passage: passage),
      account: "\(passage.route.origin) \(passage.account)", approval: "\(connection) \(passage.epoch)",
      caller: name, memory: memory)
  }

  /// One of our keys as the first argument of a call, where old clients put it.
  /// - Throws: fault 0 for a body that is no call, so that nobody can tell whether it has one.
  static func key(in body: [UInt8]) throws(XMLRPCFault) -> Secret? {
    do throws(XMLRPCFault) {
      return key(of: try MethodCall.parse(body))
    } catch {
      throw XMLRPCFault(
        0, "Failed to parse XML-RPC request: the body is no call that can be read, and no key is shown beside it")
    }
  }

  private static func key(of call: MethodCall) -> Secret? {
    call.arguments.first?.string.flatMap { Credential.apiKey.bytes(of: $0) == nil ? nil : Secret($0) }
  }

  /// The key that was shown, which another one in the call must not contradict.
  private func presented(in call: Result<MethodCall, XMLRPCFault>) throws(Refusal) -> Secret {
    let inCall = (try? call.get()).flatMap(Self.key)
    guard let presented = asked.key else { throw .bridgedKeyMissing }
    guard inCall == nil || inCall == presented else { throw .twoCredentials }
    guard presented.isFitForField else { throw .keyUnknown }
    return presented
  }
}
