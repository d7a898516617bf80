import Bridge
import Keeper
import NIOCore
import OAuth
import Wire
import XMLRPC

/// One call in XML-RPC, from its body to its answer, off the event loop.
struct BridgePassing: Sendable {
  let plane: NIOLoopBound<LoopPlane>
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
      let upstream = OwnCalls(
        plane: plane, key: presented, connection: connection, passage: gateway.passage(to: connection))
      let bridge = Bridge(upstream: upstream, account: connection, memory: memory)
      switch call {
      case .success(let call):
        outcome.method = BridgeMethod.named(call.name)?.name ?? ""
        outcome.result = .success(try await bridge.answer(call))
      case .failure(let fault): outcome.result = .success(.response(.fault(fault)))
      }
    } catch let refusal as Refusal {
      outcome.result = .failure(refusal)
    } catch {
      outcome.result = .failure(.upstreamClosed(outcome.connection))
    }
    return outcome
  }

  /// The key of the head or the query, or one of ours as the first argument, where old clients put it.
  private func presented(in call: Result<MethodCall, XMLRPCFault>) throws(Refusal) -> Secret {
    let first = (try? call.get())?.arguments.first?.string
    let inCall = first.flatMap { Credential.apiKey.bytes(of: $0) == nil ? nil : Secret($0) }
    guard let presented = asked.key ?? inCall else { throw .bridgedKeyMissing }
    guard inCall == nil || inCall == presented else { throw .twoCredentials }
    guard presented.isFitForField else { throw .keyUnknown }
    return presented
  }
}
