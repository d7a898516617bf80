import Foundation
import OAuth
import Wire

/// Why the tokens of an approval are not stored.
enum ApprovalFault: Error, Sendable {
  /// It may be stored yet: the provider or the store could not be asked.
  case notNow(String)
  /// Its access token has ended, so nobody can be asked any more who gave it. It may have landed in a state of the store that
  /// is not here now, so it is neither dropped nor taken back (K3). A new approval is needed.
  case tooLate
  /// A newer approval or the operator has decided since. The newer grant may hang off this one, so nothing is revoked.
  case superseded
}

/// An approval that waits in a journal.
package struct KeptApproval: Sendable, Hashable {
  enum Cause: Sendable, Hashable {
    /// Nobody can be asked any more who approved, so it is not finished by itself.
    case tooLate
    /// It is finished by itself later.
    case notNow(because: String)
  }

  var connection: String
  var cause: Cause

  fileprivate init(of connection: String, because error: any Error) {
    self.connection = connection
    cause =
      switch error {
      case ApprovalFault.tooLate: .tooLate
      case ApprovalFault.notNow(let reason): .notNow(because: reason)
      default: .notNow(because: "\(error)")
      }
  }
}

/// What has become of an approval, by the store.
enum ApprovalFate: Sendable {
  /// It has landed, and its tokens are held.
  case landed(Connection)
  /// It has landed and something newer hangs off it, or something newer has been decided without it.
  case superseded
  /// A row or an offer holds its refresh token; some providers give a person the same one at each approval.
  case atHand
  /// An offer names its refresh token and does not hold it.
  case awaited
  case unknown
}

extension Keeper {
  /// How many attempts there are to finish an approval before that is left to the server: `tries` where it is in a journal,
  /// `lastTries` where it is not. Then comes the pause between two attempts.
  private static let tries = 3, lastTries = 30
  private static let pause = Duration.seconds(2)

  /// Asks who approved and stores the tokens; or refuses them, and takes the approval back where that can be done (K33).
  ///
  /// - Throws: ``KeeperError/kept(_:)`` where it could not be stored now: it is stored by itself later, unless nobody can be
  ///   asked any more who approved; ``KeeperError/refused(_:)`` where it is not stored.
  ///
  /// - Parameter isJournaled: whether the answer is in the journal; one that is not is tried for longer.
  /// - Returns: the connection's name.
  package func finish(
    _ answer: ApprovalAnswer, at place: Settlement.Place, isKept: Bool = false, isJournaled: Bool = true
  ) async throws -> String {
    var attempt = 1, isJournaled = isJournaled
    while true {
      do {
        let row = try await adopt(answer)
        await giveBack(place)
        if let held = try? await store.loadConnection(row.name) { snapshot.publish(held) }
        return row.name
      } catch ApprovalFault.superseded {
        await giveBack(place)
        throw KeeperError.refused(
          "\(answer.connection) was approved anew or disconnected while this approval was under way; that counts, and this "
            + "one is not stored.")
      } catch let refusal as KeeperError {
        // Only what the store does not know is taken back. An approval that landed may come up again from a journal when nobody
        // can tell any more whose it is.
        let isUnknown = if case .unknown? = try? await store.fate(of: answer) { true } else { false }
        let told = isUnknown ? await takeBack(answer) : "It is not taken back."
        await giveBack(place)
        throw KeeperError.refused("\(refusal.description) \(told)")
      } catch {
        if !isJournaled { isJournaled = await write(answer, to: place) }
        let tries = isJournaled ? Self.tries : Self.lastTries
        if attempt >= tries || isKept || isJournaled && (isStopping || Task.isCancelled) {
          guard isJournaled else {
            await giveBack(place)
            try? await store.noteLoss(of: answer, because: "\(error)")
            throw KeeperError.refused(
              "The approval for \(answer.connection) is lost: it could neither be stored (\(error)) nor kept in the journal. "
                + "See what is wrong with evergrant doctor, then approve again.")
          }
          settlement.leave(place)
          throw KeeperError.kept(KeptApproval(of: answer.connection, because: error))
        }
        attempt += 1
        try? await clock.sleep(Self.pause)
      }
    }
  }

  /// Gives the place of an approval back, and syncs that. An approval that a power cut brings up again beside an old backup
  /// could be taken for the newest, though its tokens have rotated since (K28).
  private func giveBack(_ place: Settlement.Place) async {
    settlement.free(place)
    do { try await settlement.journals.sync() } catch {
      logger.error("a place in the journal was given back and not synced", metadata: ["error": "\(error)"])
    }
  }

  /// - Returns: whether the answer is synced.
  package func write(_ answer: ApprovalAnswer, to place: Settlement.Place) async -> Bool {
    do {
      try await place.journal.write(answer.sealed(store.ring, store.random), to: place.slot)
      return true
    } catch {
      logger.critical(
        "an approval is not in the journal", metadata: ["connection": "\(answer.connection)", "error": "\(error)"])
      return false
    }
  }

  /// Finishes what earlier attempts have left, for as long as the keeper runs.
  func finishKept() async {
    var told: Set<KeptApproval> = []
    for await _ in kept.rings {
      for (answer, place) in (try? settlement.approvals()) ?? [] {
        do {
          let name = try await finish(answer, at: place, isKept: true)
          logger.notice("an approval was finished from a journal", metadata: ["connection": "\(name)"])
        } catch KeeperError.kept(let approval) {
          // The same line once a minute would hide every other.
          guard told.insert(approval).inserted else { continue }
          logger.warning("an approval still waits in a journal", metadata: ["why": "\(approval.words)"])
        } catch {
          logger.error("an approval was not kept", metadata: ["connection": "\(answer.connection)"])
          try? await store.noteLoss(of: answer, because: "\(error)")
        }
      }
    }
  }

  private func adopt(_ answer: ApprovalAnswer) async throws -> Connection {
    // An old state of the store may not have the client.
    let client: Client
    do { client = try await store.sealedClient(answer.client) } catch let missing as KeeperError {
      throw ApprovalFault.notNow(missing.description)
    }
    guard !client.provider.isUnknown else {
      throw ApprovalFault.notNow("\(client.stopped?.words ?? ""). \(client.remedy)")
    }
    guard client.clientID == answer.clientID else { throw ApprovalFault.superseded }
    let tokens = try answer.tokens()
    let isTooLate = try client.provider.asksWhoApproved && clock.now() >= answer.asksUntil()
    switch try await store.fate(of: answer) {
    case .landed(let row): return row
    case .superseded: throw ApprovalFault.superseded
    case .awaited: throw ApprovalFault.notNow("an offer beside \(answer.connection) needs it, which is decided first.")
    case .atHand where isTooLate: throw ApprovalFault.superseded
    case .unknown where isTooLate && tokens.refreshToken == nil: throw ApprovalFault.superseded
    case .unknown where isTooLate: throw ApprovalFault.tooLate
    case .atHand, .unknown: break
    }
    let identity = try await identify(
      IdentityEvidence(
        callback: answer.callback, answer: try JSON.parse(Array(answer.answer.exposed.utf8)),
        accessToken: tokens.accessToken),
      tokens.accessToken, client: client)
    return try await store.adopt(
      tokens, as: answer.connection, client: client, identity: identity, sentAt: answer.timing.sentAt,
      clockSkew: answer.timing.clockSkew, replacingTenant: answer.replacesTenant, of: answer)
  }

  /// Tells the provider that an approval is not kept, unless that would end others of the same person.
  ///
  /// - Returns: what came of it, and what is left to do, in a sentence.
  private func takeBack(_ answer: ApprovalAnswer) async -> String {
    guard let client = try? await store.usableClient(answer.client), client.clientID == answer.clientID,
      let tokens = try? answer.tokens()
    else { return "The approval itself may still stand: whoever gave it should remove the app there." }
    let title = client.provider.title, left = "whoever approved should remove the app there"
    guard client.provider.revocationEndpoint != nil else {
      return "\(title) cannot be told, so \(left)."
    }
    guard await endsAlone(client) else {
      return "\(title) was not told, because that would end other approvals of the same person too: \(left)."
    }
    return await revoke(tokens.refreshToken ?? tokens.accessToken, client)
      ? "The approval was taken back at \(title)." : "\(title) could not be told, so \(left)."
  }

  /// Whether revoking a token of a client ends no other connection's grant.
  private func endsAlone(_ client: Client) async -> Bool {
    if client.provider.revocationEndsOne == true { return true }
    return (try? await store.hasGrants(of: client)) == false
  }

  /// - Returns: whether the provider says that it has ended the grant of that token.
  package func revoke(_ token: Secret, _ client: Client) async -> Bool {
    guard let endpoint = client.provider.revocationEndpoint else { return false }
    var fields = RevocationRequest(token: token).fields
    let authorization = client.provider.authentication(
      client.provider.refreshAuthentication, id: client.clientID, secret: client.secret
    ).apply(to: &fields)
    let answer = await self.endpoint.post(
      TokenEndpointRequest(
        url: endpoint, fields: fields, authorization: authorization, deadline: RefreshPolicy.deadline))
    guard case .answer(let answer) = answer else { return false }
    return answer.status == 200 && !answer.saysError
  }
}

/// Wakes the task that finishes the approvals in journals.
final class Bell: Sendable {
  let rings: AsyncStream<Void>
  private let clapper: AsyncStream<Void>.Continuation

  init() { (rings, clapper) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1)) }

  func ring() { clapper.yield() }
  func close() { clapper.finish() }
}
