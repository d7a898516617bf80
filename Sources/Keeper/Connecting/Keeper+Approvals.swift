import Contacts
import Foundation
import OAuth
import Store

/// Why the tokens of an approval are not stored.
enum ApprovalFault: Error, Sendable {
  /// It may be stored yet: the provider or the store could not be asked.
  case notNow(String)
  /// A newer approval, or the operator, has decided since: what that one holds may hang off this one, so nothing is revoked.
  case superseded
}

/// What has become of an approval, by the store.
enum ApprovalFate: Sendable {
  /// It has landed, and its tokens are held.
  case landed(Connection)
  /// It has landed and something newer hangs off it, or something newer has been decided without it.
  case superseded
  /// A row or an offer has its tokens; at some providers each approval of a person has the same.
  case atHand
  case unknown
}

extension Keeper {
  /// How often who approved is asked, and the tokens are stored, before that is left to the server; and the pause between.
  private static let tries = 3, lastTries = 30
  private static let pause = Duration.seconds(2)

  /// Asks who approved and stores the tokens; or refuses them, and takes the approval back where that can be done (K33).
  ///
  /// - Throws: ``KeeperError/kept(_:)`` where that could not be done now and is done by itself later.
  ///
  /// - Parameter isJournaled: what is in no journal is held on to for longer.
  /// - Returns: the connection's name.
  func finish(
    _ answer: ApprovalAnswer, at place: Settlement.Place, isKept: Bool = false, isJournaled: Bool = true
  ) async throws -> String {
    var attempt = 1, isJournaled = isJournaled
    while true {
      do {
        let row = try await adopt(answer)
        await giveBack(place)
        if let held = try? await store.loadHeld(row.name) { snapshot.publish(held) }
        return row.name
      } catch ApprovalFault.superseded {
        await giveBack(place)
        throw KeeperError.refused(
          "\(answer.connection) was approved anew or disconnected while this approval was under way; that counts, and this "
            + "one is not stored.")
      } catch let refusal as KeeperError {
        // Of one that landed, and that a journal brings up again, nobody may be able to tell any more whose it is.
        let isUnknown = if case .unknown? = try? await store.fate(of: answer) { true } else { false }
        let told = isUnknown ? await takeBack(answer) : "It is not taken back."
        await giveBack(place)
        throw KeeperError.refused("\(refusal.description) \(told)")
      } catch {
        if !isJournaled { isJournaled = await write(answer, to: place) }
        let tries = isJournaled ? Self.tries : Self.lastTries
        if attempt >= tries || isKept || isJournaled && (isStopping || Task.isCancelled) {
          settlement.leave(place)
          let words =
            switch error {
            case ApprovalFault.notNow(let words): words
            default: "\(error)"
            }
          throw KeeperError.kept(
            "The approval for \(answer.connection) is kept, and not stored yet: \(words) It is finished by itself while "
              + "evergrant serve runs. Look with: evergrant status \(answer.connection)")
        }
        attempt += 1
        try? await clock.sleep(Self.pause)
      }
    }
  }

  /// Gives the place of an approval back for good: one that a power cut brought up again beside an old backup could be taken for
  /// the newest, though its tokens have rotated since (K28).
  private func giveBack(_ place: Settlement.Place) async {
    settlement.free(place)
    do { try await settlement.journals.sync() } catch {
      logger.error("a place in the journal was given back and not synced", metadata: ["error": "\(error)"])
    }
  }

  /// - Returns: whether the answer is synced.
  func write(_ answer: ApprovalAnswer, to place: Settlement.Place) async -> Bool {
    do {
      try await place.journal.write(answer.sealed(store.ring, store.random), to: place.slot)
      return true
    } catch {
      logger.critical(
        "an approval is not in the journal", metadata: ["connection": "\(answer.connection)", "error": "\(error)"])
      return false
    }
  }

  /// Finishes what earlier attempts have left; called for as long as the keeper runs.
  func finishKept() async {
    for await _ in kept.rings {
      for (answer, place) in (try? settlement.approvals()) ?? [] {
        do {
          let name = try await finish(answer, at: place, isKept: true)
          logger.notice("an approval was finished from a journal", metadata: ["connection": "\(name)"])
        } catch KeeperError.kept {
          logger.warning("an approval still waits in a journal", metadata: ["connection": "\(answer.connection)"])
        } catch {
          logger.error("an approval was not kept", metadata: ["connection": "\(answer.connection)"])
          try? await store.database.write { [store] db in
            try store.event(.answerNotKept, answer.connection, "an approval was not kept: \(error)", db)
          }
        }
      }
    }
  }

  private func adopt(_ answer: ApprovalAnswer) async throws -> Connection {
    // Its secret is not needed, and may not open.
    let client = try await store.database.read { [store] db in
      try Client.named(answer.client, in: db, ring: nil, providers: store.providers)
    }
    guard !client.provider.isUnknown else { throw ApprovalFault.notNow("\(client.stopped ?? ""). \(client.remedy)") }
    guard client.clientID == answer.clientID else { throw ApprovalFault.superseded }
    let tokens = try answer.tokens()
    let lifetime = Duration.seconds(tokens.expiresIn ?? client.provider.defaultLifetimeSeconds)
    let hasEnded = clock.now() >= answer.exchange.sentAt + lifetime
    switch try await store.fate(of: answer) {
    case .landed(let row): return row
    case .superseded: throw ApprovalFault.superseded
    case .atHand where hasEnded: throw ApprovalFault.superseded
    case .unknown where hasEnded:
      // It may have landed in a state of the store that is not here now, so it is neither dropped nor taken back (K3).
      throw ApprovalFault.notNow(
        "its access token has ended, so nobody can be asked any more who gave it. Have it approved anew.")
    case .atHand, .unknown: break
    }
    let identity = try await identify(
      IdentityEvidence(
        callback: answer.callback, answer: try JSON.parse(Array(answer.answer.exposed.utf8)),
        accessToken: tokens.accessToken),
      tokens.accessToken, client: client)
    return try await store.adopt(
      tokens, as: answer.connection, client: client, identity: identity, sentAt: answer.exchange.sentAt,
      clockSkew: answer.exchange.clockSkew, replacingTenant: answer.replacesTenant, expecting: answer.epoch,
      credentials: answer.credentials)
  }

  /// Tells the provider that an approval is not kept, unless that would end others of the same person.
  ///
  /// - Returns: what came of it, and what is left to do, in a sentence.
  private func takeBack(_ answer: ApprovalAnswer) async -> String {
    guard let client = try? await client(answer.client), client.clientID == answer.clientID,
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
    let others = try? await store.database.read { db in
      try db.row(
        """
        SELECT connections.name FROM connections JOIN clients ON clients.name = connections.client
        WHERE clients.client_id = $1 AND connections.refresh_token IS NOT NULL LIMIT 1
        """, client.clientID) != nil
    }
    return others == false
  }

  /// - Returns: whether the provider says that it has ended the grant of that token.
  func revoke(_ token: Secret, _ client: Client) async -> Bool {
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

/// Wakes whoever finishes what waits.
final class Bell: Sendable {
  let rings: AsyncStream<Void>
  private let clapper: AsyncStream<Void>.Continuation

  init() { (rings, clapper) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1)) }

  func ring() { clapper.yield() }
  func close() { clapper.finish() }
}
