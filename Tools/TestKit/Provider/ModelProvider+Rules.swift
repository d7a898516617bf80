import OAuth
import Wire

/// One approval at a ``ModelProvider``, and what its tokens are worth.
struct ModelGrant: Sendable {
  var client: String
  /// Which approval it came from: tokens of an earlier one under the same name are worth nothing.
  var approval: Int
  var generation = 0
  var rotations = 0
  var newest: Secret?
  var rotatedAt: Timestamp?
  /// When the newest refresh token was given out or last worked.
  var lastUsedAt: Timestamp?
  var isSuccessorUsed = false
  var isRevoked = false

  init(client: String, approval: Int) {
    self.client = client
    self.approval = approval
  }
}

extension ModelProvider {
  struct TokenPlace: Sendable {
    var grant: String
    var approval: Int
    var generation: Int
  }

  struct AccessPlace: Sendable {
    var grant: String
    var approval: Int
    var generation: Int
    /// Nil is for ever.
    var until: Timestamp?
  }

  struct Code: Sendable {
    var grant: String
    var approval: Int
    var redirectURI: String?
    var challenge: PKCE.Challenge?
  }

  typealias Fresh = (refresh: Secret, access: Secret)
}

extension ModelProvider.State {
  /// The rules, in the order in which an endpoint asks them.
  mutating func act(
    on request: ModelRequest, fresh: ModelProvider.Fresh, at now: Timestamp
  ) -> (ModelLogEntry, ModelAnswer) {
    var entry = ModelLogEntry(sequence: log.count + 1, at: now, outcome: .refused(.malformed))
    if let fault { return refuse(fault, &entry) }
    guard let fields = request.fields, request.isWellFormed else { return refuse(.malformed, &entry) }
    guard let client = request.client(among: secrets, accepting: behaviour.accepts) else {
      return refuse(.wrongClient, &entry)
    }
    entry.authentication = client.by
    switch fields["grant_type"] {
    case "authorization_code":
      guard let code = fields["code"] else { return refuse(.malformed, &entry) }
      return redeem(code, of: client.id, fields, fresh, &entry)
    case "refresh_token":
      guard let token = fields["refresh_token"] else { return refuse(.malformed, &entry) }
      return refresh(token, of: client.id, fresh, &entry)
    default: return refuse(.malformed, &entry)
    }
  }

  func liveGrant(of accessToken: Secret, at now: Timestamp) -> (name: String, place: ModelProvider.AccessPlace)? {
    guard let place = accessTokens[accessToken.exposed], let grant = grants[place.grant], !grant.isRevoked,
      grant.approval == place.approval, place.until.map({ now < $0 }) ?? true
    else { return nil }
    guard !behaviour.refreshEndsAccessTokens || place.generation == grant.generation else { return nil }
    return (place.grant, place)
  }

  private func refuse(_ fault: ModelFault, _ entry: inout ModelLogEntry) -> (ModelLogEntry, ModelAnswer) {
    entry.outcome = .refused(fault)
    return (entry, behaviour.dialect[fault])
  }

  private mutating func redeem(
    _ code: String, of client: String, _ fields: FormFields, _ fresh: ModelProvider.Fresh, _ entry: inout ModelLogEntry
  ) -> (ModelLogEntry, ModelAnswer) {
    // A code works once, whatever comes of it.
    guard let known = codes.removeValue(forKey: code), let grant = grants[known.grant],
      grant.client == client, grant.approval == known.approval, !grant.isRevoked,
      known.redirectURI == nil || known.redirectURI == fields["redirect_uri"], isProved(known, fields)
    else { return refuse(.invalidRefreshToken, &entry) }
    let issued = issue(fresh, to: known.grant, at: entry.at)
    entry.grant = known.grant
    entry.issued = grants[known.grant]?.generation
    entry.outcome = .redeemed
    return (entry, granted(issued.access, issued.refresh))
  }

  private func isProved(_ code: ModelProvider.Code, _ fields: FormFields) -> Bool {
    guard let challenge = code.challenge else { return true }
    return fields["code_verifier"].flatMap { PKCE.Verifier($0) }.map(challenge.isMet) ?? false
  }

  private mutating func refresh(
    _ token: String, of client: String, _ fresh: ModelProvider.Fresh, _ entry: inout ModelLogEntry
  ) -> (ModelLogEntry, ModelAnswer) {
    guard let place = refreshTokens[token] else { return refuse(.invalidRefreshToken, &entry) }
    entry.grant = place.grant
    entry.presented = place.generation
    guard let grant = grants[place.grant], grant.client == client, grant.approval == place.approval, !grant.isRevoked
    else { return refuse(.invalidRefreshToken, &entry) }
    guard place.generation == grant.generation else { return replayed(place, grant, fresh, &entry) }
    if let window = behaviour.refreshWindow, let last = grant.lastUsedAt, entry.at - last > window {
      return refuse(.invalidRefreshToken, &entry)
    }
    guard behaviour.rotation == .none else {
      let issued = issue(fresh, to: place.grant, at: entry.at)
      entry.issued = issued.generation
      entry.outcome = .rotated
      return (entry, granted(issued.access, issued.refresh))
    }
    grants[place.grant]?.lastUsedAt = entry.at
    admit(fresh.access, of: place.grant, at: entry.at)
    entry.issued = grant.generation
    entry.outcome = .renewed
    return (entry, granted(fresh.access, behaviour.refreshTokens == .always ? grant.newest : nil))
  }

  /// A token that was replaced comes again.
  private mutating func replayed(
    _ place: ModelProvider.TokenPlace, _ grant: ModelGrant, _ fresh: ModelProvider.Fresh, _ entry: inout ModelLogEntry
  ) -> (ModelLogEntry, ModelAnswer) {
    switch behaviour.rotation {
    case .none, .strict: return refuse(.invalidRefreshToken, &entry)
    case .strictFamily:
      grants[place.grant]?.isRevoked = true
      entry.outcome = .revokedFamily
      return (entry, behaviour.dialect[.invalidRefreshToken])
    case .tolerant:
      guard place.generation == grant.generation - 1, isPatient(with: grant, at: entry.at) else {
        return refuse(.invalidRefreshToken, &entry)
      }
      admit(fresh.access, of: place.grant, at: entry.at)
      entry.issued = grant.generation
      entry.outcome = .repeated
      return (entry, granted(fresh.access, grant.newest))
    case .forking:
      guard place.generation == grant.generation - 1, isPatient(with: grant, at: entry.at) else {
        return refuse(.invalidRefreshToken, &entry)
      }
      grants[place.grant]?.newest = fresh.refresh
      refreshTokens[fresh.refresh.exposed] = ModelProvider.TokenPlace(
        grant: place.grant, approval: grant.approval, generation: grant.generation)
      admit(fresh.access, of: place.grant, at: entry.at)
      entry.issued = grant.generation
      entry.outcome = .repeated
      return (entry, granted(fresh.access, fresh.refresh))
    }
  }

  /// Gives a grant its next refresh token, and an access token.
  mutating func issue(
    _ fresh: ModelProvider.Fresh, to name: String, at now: Timestamp
  ) -> (access: Secret, refresh: Secret?, generation: Int) {
    guard var grant = grants[name] else { return (fresh.access, nil, 0) }
    if grant.generation > 0 { grant.rotations += 1 }
    grant.generation += 1
    grant.rotatedAt = now
    grant.lastUsedAt = now
    grant.isSuccessorUsed = false
    if behaviour.refreshTokens != .never {
      grant.newest = fresh.refresh
      refreshTokens[fresh.refresh.exposed] = ModelProvider.TokenPlace(
        grant: name, approval: grant.approval, generation: grant.generation)
    }
    grants[name] = grant
    admit(fresh.access, of: name, at: now)
    return (fresh.access, grant.newest, grant.generation)
  }

  private mutating func admit(_ token: Secret, of name: String, at now: Timestamp) {
    guard let grant = grants[name] else { return }
    accessTokens[token.exposed] = ModelProvider.AccessPlace(
      grant: name, approval: grant.approval, generation: grant.generation,
      until: behaviour.accessLifetime.map { now + $0 })
  }

  private func granted(_ access: Secret, _ refresh: Secret?) -> ModelAnswer {
    var members = [#""access_token":"\#(access.exposed)""#, #""token_type":"bearer""#]
    if let refresh { members.append(#""refresh_token":"\#(refresh.exposed)""#) }
    if behaviour.sendsExpiresIn, let lifetime = behaviour.accessLifetime {
      members.append(#""expires_in":\#(lifetime.milliseconds / 1000)"#)
    }
    members += behaviour.members.map { #""\#($0.name)":\#($0.json)"# }
    return ModelAnswer(200, "{\(members.joined(separator: ","))}")
  }
}
