import Bridge
import TestKit
import Wire
import XMLRPC

/// A bridge before a scripted REST.
struct BridgeWorld: Sendable {
  let rest = ScriptedREST()
  let time: VirtualTime
  private let memory: BridgeMemory

  init() {
    time = VirtualTime()
    memory = BridgeMemory(clock: time.clock)
  }

  var bridge: Bridge { bridge(of: "nightly") }

  func bridge(of caller: String) -> Bridge {
    Bridge(upstream: rest, account: "shop", approval: "first", caller: caller, memory: memory)
  }

  /// Calls a method as a client does, with a key first.
  /// - Throws: the fault that the client gets.
  @discardableResult
  func call(_ method: String, _ arguments: XMLRPCValue...) async throws -> XMLRPCValue {
    try await call(MethodCall(method, ["key"] + arguments))
  }

  func call(_ call: MethodCall) async throws -> XMLRPCValue {
    switch try await bridge.answer(call) {
    case .response(.value(let value)): return value
    case .response(.fault(let fault)): throw fault
    case .passedOn(let answer): throw PassedOnToClient(status: answer.status)
    }
  }

  /// The fault that a client gets.
  func fault(_ method: String, _ arguments: XMLRPCValue...) async throws -> XMLRPCFault? {
    do {
      _ = try await call(MethodCall(method, ["key"] + arguments))
      return nil
    } catch let fault as XMLRPCFault { return fault }
  }

  struct PassedOnToClient: Error, Equatable {
    var status: Int
  }
}
