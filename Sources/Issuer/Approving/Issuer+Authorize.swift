import OAuth
import Wire

extension Issuer {
  /// How long a consent page waits for its decision.
  static let consentLifetime = Duration.minutes(10)

  /// Judges an app's request in the order of RFC 6749 section 4.1.2.1: first whether its address can be trusted with an
  /// answer, then all that the app may be told, then who is at the browser.
  package func authorize(_ fields: FormFields, session: Session?) async throws -> AuthorizeOutcome {
    for name in ["client_id", "redirect_uri"] where fields.values(of: name).count > 1 {
      return .page(.badRequest("The app sent \(name) twice."))
    }
    guard let id = fields["client_id"] else {
      return .page(.badRequest("The app did not say which app it is (client_id)."))
    }
    guard let client = try await database.read({ db in try Client.find(id, db) }) else {
      return .page(.badRequest("No app with this client_id is registered here."))
    }
    guard !client.isDisabled else { return .page(.badRequest("This app is switched off here.")) }
    guard let redirectURI = fields["redirect_uri"] else {
      return .page(.badRequest("The app did not say where to go afterwards (redirect_uri)."))
    }
    guard client.allows(redirectURI) else {
      return .page(.badRequest("The app wants the answer at an address that is not registered for it (redirect_uri)."))
    }
    let dialect = self.dialect(client.dialect)
    guard dialect != .keap || redirectURI.hasPrefix("https:") else {
      return .page(
        .badRequest("The app wants the answer at an http address; in Keap's dialect it is https (redirect_uri)."))
    }
    do {
      var fields = fields
      // Keap has one kind of answer and takes a request for one that names none.
      if dialect == .keap, fields.values(of: "response_type").isEmpty { fields.append("response_type", "code") }
      let request = try checked(fields, client)
      guard let session else { return .signIn }
      return try await ask(request, client, session)
    } catch let error as OAuthError {
      let state = fields.values(of: "state").count == 1 ? fields["state"] : nil
      return .redirect(location(redirectURI, .error(error), state: state))
    }
  }

  /// The request, with the scope that it means.
  private func checked(_ fields: FormFields, _ client: Client) throws(OAuthError) -> AuthorizationRequest {
    var request = try AuthorizationRequest(fields: fields)
    guard request.challenge != nil || !client.needsChallenge else {
      throw OAuthError(.invalidRequest, "code_challenge is missing; this client must use PKCE with S256.")
    }
    guard let scope = OfferedScope.scope(asked: request.scope), scope.isSubset(of: client.scope) else {
      throw OAuthError(.invalidScope, "The scope is not offered to this client; ask for full.")
    }
    request.scope = scope
    return request
  }

  /// Opens the question. Everybody is asked every time: an approval is one grant, and no app is waved through.
  private func ask(_ request: AuthorizationRequest, _ client: Client, _ session: Session) async throws
    -> AuthorizeOutcome
  {
    let id = random.bytes(16)
    let ends = clock.now() + Self.consentLifetime
    let tenants = try await database.write { [ring, random] db in
      let tenants = try Tenant.all(of: session.userID, db)
      if tenants.isEmpty { return tenants }
      let state = try request.state.map { try ring.seal(Secret($0), at: .state(of: id), random: random) }
      try db.execute(
        """
        INSERT INTO approvals (id, user_id, session_hash, client_id, redirect_uri, scope, state, challenge, ends_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        """,
        id, session.userID, [UInt8](hex: session.id) ?? [], client.id, request.redirectURI, request.scope.text,
        state,
        request.challenge?.text, ends)
      return tenants
    }
    guard !tenants.isEmpty else {
      return .page(
        ErrorPage(
          title: "Nothing to approve for",
          sentence:
            "\(session.email) belongs to no tenant. Ask the operator to add you to one, then start again from the app.")
      )
    }
    return .consent(
      Consent(
        approvalID: id.hex, clientName: client.name,
        clientHost: AbsoluteURI(request.redirectURI).map { String($0.host) } ?? "",
        user: User(id: session.userID, email: session.email, name: session.name), tenants: tenants,
        scopes: request.scope.tokens.map { .init(token: $0, plainWords: OfferedScope(rawValue: $0)?.plainWords ?? $0) },
        accessLifetime: settings.accessLifetime,
        refreshWindow: dialect(client.dialect).refreshWindow(settings.refreshWindow), csrf: session.csrf(for: id.hex))
    )
  }

  /// The redirect URI with an answer in its query. The answer names this issuer exactly once (RFC 9207, law P7).
  func location(
    _ redirectURI: String, _ outcome: AuthorizationResponse.Outcome, state: String?, scope: String? = nil
  ) -> String {
    AuthorizationResponse(outcome, state: state, issuer: settings.issuer, scope: scope).location(at: redirectURI)
  }
}

extension ErrorPage {
  static func badRequest(_ what: String) -> ErrorPage {
    ErrorPage(
      title: "This request cannot be approved",
      sentence: "\(what) Nothing was approved. Tell the app's maker, or close this page.")
  }
}
