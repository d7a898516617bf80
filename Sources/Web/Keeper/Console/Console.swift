import Hummingbird
import Issuer
import Keeper
import Logging
import OAuth
import Operator
import Wire

/// What the console asks of the keeper.
package protocol ConsoleDesk: Sendable {
  func isConsoleLink(_ token: Secret) async throws -> Bool
  func enterConsole(_ link: Secret) async throws -> Secret?
  func isInConsole(_ session: Secret) async throws -> Bool
  func leaveConsole(_ session: Secret) async throws
  func consoleView() async throws -> ConsoleView
  func revokeKey(_ name: String) async throws
  func pause(_ connection: String) async throws
  func resume(_ connection: String) async throws
  func clientFor(connection: String, named: String?) async throws -> Client
  func beginConnecting(_ connection: String, client: String, redirectURI: String?) async throws -> Attempt
  func finishConnecting(_ connection: String, fields: FormFields) async throws -> ConnectionStatus
}

extension Desk: ConsoleDesk {
  package func beginConnecting(_ connection: String, client: String, redirectURI: String?) async throws -> Attempt {
    try await beginConnecting(connection, client: client, redirectURI: redirectURI, link: nil)
  }

  package func finishConnecting(_ connection: String, fields: FormFields) async throws -> ConnectionStatus {
    try await finishConnecting(connection, fields: fields, replacingTenant: false)
  }
}

/// The operator's pages: how each connection is, what calls with which key, and the few things that are done about it.
///
/// Whoever may run `evergrant console` on the data is let in, by a link that works once. Each form carries a token that
/// follows from the session, and the cookie is sent with our own pages' requests alone.
struct Console: Sendable {
  let desk: any ConsoleDesk
  let pages: Pages
  let logger: Logger

  /// Every address of the console.
  func add(to router: Router<SiteContext>) {
    router.get("/style.css", use: style)
    router.get("/console", use: answering(overview))
    router.get("/console/enter/{token}", use: answering(door))
    router.post("/console/enter/{token}", use: answering(enter))
    router.post("/console/leave", use: answering(acting(leave)))
    router.post("/console/revoke", use: answering(acting(revoke)))
    router.post("/console/pause", use: answering(acting(pause)))
    router.post("/console/resume", use: answering(acting(resume)))
    router.post("/console/reconnect", use: answering(acting(reconnect)))
    router.post("/console/reconnected", use: answering(acting(reconnected)))
  }
}

// MARK: - Coming in

extension Console {
  private static let cookie = "evergrant-console"

  private func session(_ request: Request) async throws -> Secret? {
    guard let value = request.cookie(Self.cookie), try await desk.isInConsole(value) else { return nil }
    return value
  }

  /// The token that each form of a session carries; it cannot be made without the cookie.
  private static func formToken(_ session: Secret) -> Secret {
    session.proof(of: "console form")
  }

  private func cookie(_ request: Request) -> SiteCookie {
    // Behind a web server that ends TLS, a request names that server. One that names loopback has come without TLS.
    let isHere = Origin("http://" + (request.head.authority ?? "")) != nil
    return SiteCookie(name: Self.cookie, path: "/console", sameSite: .strict, isSecure: !isHere)
  }

  /// Looking uses nothing up: browsers and chat programs open links ahead of people.
  private func door(_ request: Request, _ context: SiteContext) async throws -> Response {
    guard try await desk.isConsoleLink(token(context)) else { return outside(isStale: true) }
    return .page(pages.html(ConsoleDoorPage()))
  }

  private func enter(_ request: Request, _ context: SiteContext) async throws -> Response {
    try requireOwnForm(request)
    guard let session = try await desk.enterConsole(token(context)) else { return outside(isStale: true) }
    logger.notice("somebody has signed in to the console", metadata: ["address": "\(context.peer)"])
    var response = Response.seeOther("/console")
    response.headers[.setCookie] = cookie(request).header(session, lasting: Desk.consoleSessionLifetime)
    return response
  }

  private func leave(_ fields: FormFields, _ session: Secret, _ request: Request) async throws -> Response {
    try await desk.leaveConsole(session)
    var response = Response.seeOther("/console")
    response.headers[.setCookie] = cookie(request).ending
    return response
  }

  private func token(_ context: SiteContext) -> Secret { Secret(context.parameters.get("token") ?? "") }

  private func outside(isStale: Bool) -> Response {
    .page(pages.html(ConsoleOutsidePage(isStale: isStale)), status: isStale ? .gone : .unauthorized)
  }

  private func requireOwnForm(_ request: Request) throws(SiteFailure) {
    let authority = request.head.authority ?? ""
    try request.requireOwnForm(of: ["http://\(authority)", "https://\(authority)"])
  }
}

// MARK: - Looking and acting

extension Console {
  private func overview(_ request: Request, _ context: SiteContext) async throws -> Response {
    guard let session = try await session(request) else { return outside(isStale: false) }
    let notice = ConsoleNotice(try request.query(), session: session)
    return .page(
      pages.html(ConsolePage(try await desk.consoleView(), form: Self.formToken(session), notice: notice)))
  }

  private func revoke(_ fields: FormFields, _ session: Secret, _ request: Request) async throws -> Response {
    let key = fields["key"] ?? ""
    try await desk.revokeKey(key)
    return done(.revoked, fields, key: key, session)
  }

  private func pause(_ fields: FormFields, _ session: Secret, _ request: Request) async throws -> Response {
    try await desk.pause(fields["connection"] ?? "")
    return done(.paused, fields, session)
  }

  private func resume(_ fields: FormFields, _ session: Secret, _ request: Request) async throws -> Response {
    try await desk.resume(fields["connection"] ?? "")
    return done(.resumed, fields, session)
  }

  private func reconnect(_ fields: FormFields, _ session: Secret, _ request: Request) async throws -> Response {
    let name = fields["connection"] ?? ""
    let client = try await desk.clientFor(connection: name, named: nil)
    let attempt = try await desk.beginConnecting(name, client: client.name, redirectURI: nil)
    return .page(
      pages.html(
        ConsoleReconnectPage(
          connection: name, provider: client.provider.title, address: attempt.address,
          redirectURI: attempt.redirectURI, form: Self.formToken(session).exposed)))
  }

  private func reconnected(_ fields: FormFields, _ session: Secret, _ request: Request) async throws -> Response {
    let answer = FormFields(ofPastedAddress: fields["address"] ?? "") ?? FormFields()
    let status = try await desk.finishConnecting(fields["connection"] ?? "", fields: answer)
    return done(status.pausedAt == nil ? .reconnected : .reconnectedPaused, fields, session)
  }

  private func done(
    _ act: ConsoleNotice.Act, _ fields: FormFields, key: String = "", _ session: Secret
  ) -> Response {
    .seeOther(ConsoleNotice(act: act, connection: fields["connection"] ?? "", key: key).address(session))
  }

  private func style(_ request: Request, _ context: SiteContext) async throws -> Response { .style(pages) }

  private typealias Handler = @Sendable (Request, SiteContext) async throws -> Response

  /// A form of a page of ours, sent by somebody who is signed in.
  private func acting(
    _ act: @escaping @Sendable (FormFields, Secret, Request) async throws -> Response
  ) -> Handler {
    { request, _ in
      try requireOwnForm(request)
      let fields = try await request.form()
      guard let session = try await session(request) else { return outside(isStale: false) }
      guard Self.formToken(session) == Secret(fields["form"] ?? "") else {
        throw SiteFailure(.forbidden, cause: "form token")
      }
      return try await act(fields, session, request)
    }
  }

  /// Answers what cannot be done with a page that says why.
  private func answering(_ handler: @escaping Handler) -> Handler {
    { request, context in
      do { return try await handler(request, context) } catch let error as KeeperError {
        return trouble("That was not done", error.description, .badRequest)
      } catch {
        let failure = SiteFailure(error)
        guard failure.status.code < 500 else {
          context.logger.error("request failed", metadata: ["error": "\(failure.cause)"])
          return trouble(
            "Not at the moment",
            "It is not known whether that was done. Wait a little and look at the console; evergrant doctor says what is wrong.",
            failure.status)
        }
        return trouble(
          "That was not understood", "Nothing was changed. Go back to the console and try again.", failure.status)
      }
    }
  }

  private func trouble(_ title: String, _ sentence: String, _ status: HTTPResponse.Status) -> Response {
    .page(pages.html(ConsoleTroublePage(title: title, sentence: sentence)), status: status)
  }
}
