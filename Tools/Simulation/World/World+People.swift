import Keeper
import OAuth

/// People at the providers' pages, and the keeper that they approve for.
extension World {
  func register(_ app: App, by keeper: Keeper, secret: Secret? = nil, replacing: Bool) async throws {
    try await keeper.desk.addClient(
      app.name, provider: app.provider, baseURL: app.base, clientID: app.id, secret: secret ?? app.secret,
      redirectURI: app.redirectURI, replacing: replacing)
  }

  /// A person approves at the provider's pages, and the keeper takes the answer.
  func approve(_ connection: String, by keeper: Keeper, _ life: Life) async throws {
    let service = service(of: connection), disconnects = custody.disconnects(of: connection)
    let attempt = try await keeper.desk.beginConnecting(connection, client: service.app.name, redirectURI: nil)
    let answer = try await service.approve(attempt, for: connection)
    if let code = answer["code"] { codes.withLock { $0[code] = connection } }
    do { _ = try await keeper.desk.finishConnecting(connection, fields: answer) } catch {
      figures.count(life.isDead ? .diedWhileApproving : .approvalBroken)
      figures.tell("the approval of \(connection) came to nothing: \(error)")
      if custody.disconnects(of: connection) != disconnects { custody.waive(connection, .disconnect) }
      await custody.abandoned(connection, by: life)
      throw error
    }
    figures.count(\.approvals)
  }

  /// For which connection a person has approved with that code.
  func connection(ofCode code: String) -> String? { codes.withLock { $0[code] } }

  /// The person takes back the approval that is in use.
  func revoke(_ connection: String) async throws {
    guard let grant = custody.grant(of: connection) else { return }
    if try await service(of: connection).revoke(grant) { figures.count(\.revocations) }
    await custody.ended(connection)
  }

  var isSuspended: Bool { suspensions.withLock { $0 > 0 } }

  func suspended(_ isOff: Bool) { suspensions.withLock { $0 += isOff ? 1 : -1 } }
}
