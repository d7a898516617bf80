import Foundation
import Keeper
import OAuth
import Wire

/// An authorization that a person is to give at a browser.
package struct Attempt: Sendable, Equatable {
  /// Where the person goes.
  package var address: String
  package var redirectURI: String
  package var endsAt: Timestamp
}

extension Desk {
  /// How long a person has to approve (K33).
  private static let patience = Duration.minutes(10)

  /// Begins an authorization: state, PKCE and redirect URI are bound to one attempt of ten minutes (K33).
  ///
  /// - Parameters:
  ///   - redirectURI: nil for the one that the client registered; a listener on this machine names its own, with its port.
  ///   - link: fingerprint of the link that the person has followed, if it was one.
  package func beginConnecting(
    _ name: String, client clientName: String, redirectURI: String?, link: [UInt8]? = nil
  ) async throws -> Attempt {
    try await requireName(name)
    let client = try await client(clientName)
    guard let redirect = redirectURI ?? client.redirectURI else {
      throw KeeperError.refused(
        "The client \(clientName) has no redirect URI. Set the one that you registered with: "
          + "evergrant client add \(clientName) --replace --redirect-uri …")
    }
    let state = Secret(store.random)
    let verifier = client.provider.pkce ? PKCE.Verifier(randomBytes: store.random.bytes(32)) : nil
    let now = clock.now()
    let endsAt = now + Self.patience
    try await store.addAttempt(
      state, for: name, client: clientName, redirectURI: redirect, verifier: verifier, link: link, at: now,
      until: endsAt)
    let provider = client.provider
    var fields = AuthorizationRequest(
      clientID: client.clientID, redirectURI: redirect, scope: provider.scope(client.scopes ?? provider.scopes),
      state: state.exposed, challenge: verifier?.challenge
    ).fields
    for (name, value) in (provider.authorizationParameters ?? [:]).sorted(by: <) { fields.append(name, value) }
    return Attempt(
      address: provider.authorizationEndpoint + "?" + fields.encoded, redirectURI: redirect, endsAt: endsAt)
  }

  /// Ends an authorization with what the provider sent to the redirect URI: redeems the code, puts what it brings into the
  /// journal, asks who approved, stores the grant.
  ///
  /// - Throws: ``KeeperError/kept(_:)`` where the approval is safe and cannot be stored yet.
  package func finishConnecting(
    _ name: String, fields: FormFields, replacingTenant: Bool = false
  ) async throws -> ConnectionStatus {
    guard let place = try settlement.takePlace() else {
      throw KeeperError.refused(
        "As many answers are under way, or wait to be finished, as the journal has room for. Send the same answer again in a "
          + "moment; if that does not help, see what waits: evergrant doctor")
    }
    let answer: ApprovalAnswer
    do { answer = try await redeem(name, fields: fields, replacingTenant: replacingTenant) } catch {
      settlement.free(place)
      throw error
    }
    return try await status(keeper.finish(answer, at: place, isJournaled: keeper.write(answer, to: place)))
  }

  private func redeem(
    _ name: String, fields: FormFields, replacingTenant: Bool
  ) async throws -> ApprovalAnswer {
    guard let response = AuthorizationResponse(fields: fields), let state = response.state else {
      throw KeeperError.refused(
        "That address has no code and state in it. Paste the whole address that the browser ended on after approving.")
    }
    let attempt = try await store.takeAttempt(Secret(state), of: name, at: clock.now())
    let provider = attempt.client.provider
    if provider.sendsIssuer {
      let expected = Origin(provider.apiOrigin)?.description
      guard response.issuer.flatMap({ Origin($0)?.description }) == expected else {
        throw KeeperError.refused(
          "The answer names another issuer than \(expected ?? "ours"). Begin again, and approve there only.")
      }
    }
    let code: Secret
    switch response.outcome {
    case .code(let text): code = text
    case .error(let error): throw KeeperError.refused(Self.sentence(error, client: attempt.client))
    }
    let (answer, timing) = try await redeem(code, attempt)
    return ApprovalAnswer(
      connection: name, client: attempt.client, epoch: attempt.epoch, era: attempt.era,
      callback: FormFields(fields.pairs.filter { !["code", "state"].contains($0.name) }), answer: answer,
      timing: timing, replacesTenant: replacingTenant)
  }

  /// Forgets a connection's tokens, and tells the provider where it has an endpoint for that.
  ///
  /// - Returns: what happened at the provider, in a sentence.
  package func disconnect(_ name: String) async throws -> String {
    let (client, token) = try await store.forget(name)
    snapshot.publish(try await store.loadConnection(name))
    if client.isForKeys {
      return "Its key is forgotten here, and still good: whoever made it should delete it at \(client.provider.title)."
    }
    guard let token else { return "There was no token left to revoke at \(client.provider.title)." }
    guard !client.provider.isUnknown else {
      return
        "There is no entry for \(client.provider.title), so it could not be told: the person who approved must also "
        + "remove the app there."
    }
    guard client.provider.revocationEndpoint != nil else {
      return
        "\(client.provider.title) has no revocation endpoint: the person who approved must also remove the app there."
    }
    return await keeper.revoke(token, client)
      ? "\(client.provider.title) was told, and has revoked the grant."
      : "\(client.provider.title) could not be told: the person who approved should also remove the app there."
  }

  /// - Returns: the answer that has the tokens, as it came.
  private func redeem(_ code: Secret, _ attempt: BegunAttempt) async throws -> (Secret, AnswerTiming) {
    let client = attempt.client, provider = client.provider
    var fields = TokenRequest(
      .authorizationCode(code, redirectURI: attempt.redirectURI, verifier: attempt.verifier)
    ).fields
    let authorization = provider.authentication(
      provider.codeAuthentication, id: client.clientID, secret: client.secret
    ).apply(to: &fields)
    let sentAt = clock.now()
    let answer = await keeper.endpoint.post(
      TokenEndpointRequest(
        url: provider.tokenEndpoint, fields: fields, authorization: authorization, deadline: RefreshPolicy.deadline))
    let exchange = AnswerTiming(sentAt: sentAt, answer, at: clock.now())
    switch answer {
    case .notSent(let reason):
      throw KeeperError.refused(
        "\(provider.tokenEndpoint) cannot be reached (\(reason)). Nothing is lost: connect again.")
    case .noAnswer(let reason):
      throw KeeperError.refused(
        "The answer of \(provider.title) was lost (\(reason)). Connect again; a code works once.")
    case .answer(let answer):
      let outcome = provider.judge(.answer(answer), at: clock.now())
      if case .granted = outcome { return (Secret(String(decoding: answer.body, as: UTF8.self)), exchange) }
      if case .suspended(let words) = outcome {
        throw KeeperError.refused(
          "\(provider.title) has switched it off for now, and gives no tokens (\(words)). Connect again when it is on.")
      }
      var error = try? JSONDecoder().decode(OAuthError.self, from: Data(answer.body))
      if case .clientRefused = outcome { error = OAuthError(.invalidClient, error?.description) }
      var sentence = Self.sentence(error, status: answer.status, client: client)
      if case .refused(_, ambiguous: true) = outcome {
        sentence += " \(provider.title) says so of a wrong client secret too. \(client.remedy)"
      }
      if error?.code == .invalidClient { throw KeeperError.clientRefused(sentence) }
      throw KeeperError.refused(sentence)
    }
  }

  private static func sentence(_ error: OAuthError?, status: Int = 0, client: Client) -> String {
    let provider = client.provider
    let words = error?.description.map { " It says: \($0.prefix(200))" } ?? ""
    return switch error?.code {
    case .accessDenied?: "The approval was declined at \(provider.title). Connect again when it shall be given."
    case .invalidClient?:
      "\(provider.title) does not accept the client's id and secret. \(client.remedy)\(words)"
    case .invalidGrant?:
      "\(provider.title) refused the code: it has expired, was used before, or the redirect URI differs. Connect again.\(words)"
    default: "\(provider.title) refused (\(error?.code.shown ?? "status \(status)")).\(words)"
    }
  }
}

extension Desk {
  /// The client to approve with: the one that is named, or the one that the connection has.
  package func clientFor(connection: String, named: String?) async throws -> Client {
    if let named { return try await app(named) }
    guard let known = try await store.clientName(of: connection) else {
      throw KeeperError.refused("There is no connection \(connection) yet: name the client that asks with --client.")
    }
    return try await app(known)
  }

  private func app(_ name: String) async throws -> Client {
    let client = try await client(name)
    guard !client.isForKeys else {
      throw KeeperError.refused(
        "\(name) stands for keys, and nobody approves with it. To store a new key: evergrant connect NAME --static-key -"
      )
    }
    return client
  }
}

extension Desk {
  /// - Throws: ``KeeperError/refused(_:)`` where a new connection cannot have that name, which is part of an address.
  package func requireName(_ name: String) async throws {
    guard try await store.clientName(of: name) == nil else { return }
    guard !name.isEmpty, name.utf8.count <= 64, name.first != ".", name.first != "-",
      name.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || "-._".contains($0)) })
    else {
      throw KeeperError.refused(
        "“\(name)” cannot be a connection's name, which is part of an address: it has up to 64 letters (a to z), "
          + "digits, - . and _, and begins with no - or ., such as shop-eu.")
    }
  }
}
