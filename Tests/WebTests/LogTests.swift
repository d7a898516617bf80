import Logging
import NetworkKit
import Store
import Synchronization
import Testing

/// Keeps every line that is logged, at every level.
final class LogBook: Sendable {
  private let lines = Mutex<[String]>([])
  var text: String { lines.withLock { $0.joined(separator: "\n") } }

  var logger: Logger {
    var logger = Logger(label: "book") { _ in Handler(book: self) }
    logger.logLevel = .trace
    return logger
  }

  private struct Handler: LogHandler {
    let book: LogBook
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.trace
    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
      get { metadata[key] }
      set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
      let all = metadata.merging(event.metadata ?? [:]) { $1 }
      book.lines.withLock { $0.append("\(event.level) \(event.message) \(all)") }
    }
  }
}

@Suite("What is logged")
struct LogTests {
  @Test("one line per request with its route, and no secret, address or query at any level")
  func noSecrets() async throws {
    let book = LogBook()
    try await IssuerSiteWorld.serving(logger: book.logger) { world in
      let browser = Browser(world)
      let approved = try await browser.approve(try await browser.consentPage("ben@example.org", world.shop.clientID))
      let code = try #require(approved.locationFields["code"])
      let tokens = try await browser.tokens("ann@example.org", world.shopClient)
      _ = try await world.api("GET", "/crm/rest/v1/contacts?access_token=\(tokens.accessToken.exposed)", nil)
      _ = try await world.api("GET", "/crm/rest/v1/contacts/77?email=zoe%40example.org", tokens.accessToken)
      _ = try await world.api("GET", "/nowhere/\(tokens.accessToken.exposed)", nil)
      world.database.setDown(true)
      _ = try await world.refresh(tokens.refreshToken, world.shopClient)
      _ = try await browser.get("/account")
      let text = book.text
      #expect(text.contains("\"http.route\": /crm/rest/v1/contacts/{id}"))
      #expect(text.contains("\"http.status\": 503"))
      let hidden = [
        code, tokens.accessToken.exposed, tokens.refreshToken?.exposed ?? "", world.shopClient.secret.exposed,
        IssuerSiteWorld.password.exposed, browser.cookieHeader, "access_token", "zoe%40", "/nowhere",
      ]
      for secret in hidden { #expect(!secret.isEmpty && !text.contains(secret), "\(secret.prefix(8))") }
    }
  }
}
