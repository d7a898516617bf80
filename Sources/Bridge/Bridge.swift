import Wire
import XMLRPC

/// Answers Keap's XML-RPC by REST v2: what was written for the one goes on with the other.
///
/// A call is read, its method looked up in the table of methods, and what it means is asked of REST. Nothing is guessed: what REST
/// cannot say is a fault that names it. No write is repeated here.
package struct Bridge: Sendable {
  let upstream: any BridgeUpstream
  /// Whose records these are: acts on one record of an account wait for one another, whoever they are done for.
  let account: String
  /// Under which approval lists are read; what is remembered of one approval's lists is not for the next one's.
  let approval: String
  /// Who calls: of acts on one record, those of one caller hold up another's by no more than one.
  let caller: String
  let memory: BridgeMemory

  package init(
    upstream: any BridgeUpstream, account: String, approval: String, caller: String, memory: BridgeMemory
  ) {
    self.upstream = upstream
    self.account = account
    self.approval = approval
    self.caller = caller
    self.memory = memory
  }

  package enum Reply: Sendable, Hashable {
    /// With HTTP's 200, a value or a fault.
    case response(MethodResponse)
    /// REST's own answer, with its status: a token that was rejected (401) or a limit (429).
    case passedOn(BridgeAnswer)
  }

  /// Answers the body of a request.
  ///
  /// - Parameter begins: told which method is called before anything is asked of REST, if the table has it.
  /// - Throws: what the upstream throws, in ``LeftBehind`` where something was written before.
  package func answer(
    _ body: [UInt8], begins: @Sendable (BridgeMethod) -> Void = { _ in }
  ) async throws -> Reply {
    let call: MethodCall
    do { call = try MethodCall.parse(body) } catch { return .response(.fault(error)) }
    if let method = BridgeMethod.named(call.name) { begins(method) }
    return try await answer(call)
  }

  package func answer(_ call: MethodCall) async throws -> Reply {
    do {
      return .response(.value(try await value(of: call)))
    } catch let fault as XMLRPCFault {
      return .response(.fault(fault))
    } catch let passed as PassedOn {
      return .passedOn(passed.answer)
    }
  }

  private func value(of call: MethodCall) async throws -> XMLRPCValue {
    guard let method = BridgeMethod.named(call.name) else {
      throw XMLRPCFault(0, "No such handler" + (Echo.method(call.name).map { ": \($0)" } ?? ""))
    }
    if case .refused(let why, let instead) = method.verdict {
      throw ServiceFault.unexpected("\(method.name) is not carried over: \(why) \(instead)")
    }
    let arguments = try Arguments(call.arguments, of: method)
    switch method.service {
    case "ContactService": return try await contactService(method, arguments)
    case "DataService": return try await dataService(method, arguments)
    case "APIEmailService": return try await emailService(method, arguments)
    case "FunnelService": return try await achieveGoal(arguments)
    case "SearchService": return try await searchService(method, arguments)
    default: throw Self.unhandled(method)
    }
  }

  /// A method that the table promises and nobody answers; a test holds that there is none.
  static func unhandled(_ method: BridgeMethod) -> XMLRPCFault {
    ServiceFault.unexpected("\(method.name) has no one who answers it")
  }

  // MARK: What acts share

  /// Does something while nobody else of this account does it to the same record.
  func inTurn<Result: Sendable>(_ record: String, _ act: () async throws -> Result) async throws -> Result {
    try await memory.turns.run("\(account) \(record)", for: caller, act)
  }

  /// The number of a record, as its digits where an int of XML-RPC does not hold it.
  static func number(_ id: String) -> XMLRPCValue { Int32(id).map(XMLRPCValue.int) ?? .string(id) }

  /// The number of a record that REST has just answered with.
  static func id(in json: JSON) throws -> XMLRPCValue {
    guard let text = json["id"]?.plainText, let number = Int32(text) else {
      throw ServiceFault.unexpected("REST answered without the number of the record; whether it was written is unknown")
    }
    return .int(number)
  }

  static func table(_ name: String) throws -> BridgeTable {
    guard let table = BridgeTable.named(name) else {
      throw ServiceFault.noTableFound("No table found" + (Echo.table(name).map { ": \($0)" } ?? ""))
    }
    return table
  }
}
