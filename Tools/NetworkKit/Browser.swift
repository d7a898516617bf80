import Foundation
import Synchronization
import TestKit
import Wire

/// A browser of somebody at an issuer: keeps cookies, shows pages and fills in their forms, and goes on where a link or a
/// redirect leads only where that is said.
///
/// The person of `evergrant demo` is the product's own, and reads pages for itself: Sources know no kit.
package final class Browser: Sendable {
  package let issuer: String
  package let email: String
  package let password: String
  private let cookies = Mutex<[String: String]>([:])
  private let shown = Mutex<Page?>(nil)

  /// - Parameter email: with the password, what is told where an act asks for a person to sign in.
  package init(_ email: String = "", password: String = "", issuer: String) {
    self.email = email
    self.password = password
    self.issuer = issuer
  }

  /// Whether it has a session's cookie.
  package var isSignedIn: Bool { cookies.withLock { $0["evergrant"] ?? $0["__Host-evergrant"] } != nil }

  package var cookieHeader: String { cookies.withLock { $0.map { "\($0)=\($1)" }.sorted().joined(separator: "; ") } }

  /// The page with a form to sign in that was shown last.
  package var signInPage: Page? { shown.withLock { $0 } }

  // MARK: - One page

  /// - Parameter place: a whole address, or a path of the issuer.
  package func get(_ place: String) async throws -> Page { try await send("GET", place, [], nil) }

  package func post(
    _ path: String, _ fields: FormFields, headers: [(name: String, value: String)] = []
  ) async throws -> Page {
    try await send("POST", path, headers + [("Content-Type", "application/x-www-form-urlencoded")], fields)
  }

  /// Goes on as long as a page leads to another.
  package func open(_ place: String) async throws -> Page {
    let page = try await get(place)
    guard let next = page.location else { return page }
    return try await open(next)
  }

  private func send(
    _ method: String, _ place: String, _ headers: [(name: String, value: String)], _ fields: FormFields?
  ) async throws -> Page {
    let address = place.hasPrefix("http") ? place : issuer + place
    let kept = cookieHeader
    let answer = try await HTTP.send(
      method, address, headers: headers + (kept.isEmpty ? [] : [("Cookie", kept)]), body: fields?.encoded)
    for (name, value) in answer.headers where name.lowercased() == "set-cookie" {
      let pair = value.prefix { $0 != ";" }.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      cookies.withLock { $0[String(pair[0])] = pair.count > 1 && !pair[1].isEmpty ? String(pair[1]) : nil }
    }
    let page = Page(answer, at: address)
    if page.hasForm(to: "/signin") { shown.withLock { $0 = page } }
    return page
  }

  // MARK: - What a person does

  /// - Parameter next: where to go afterwards; nil for where the page says.
  package func signIn(
    _ email: String, password: String, on page: Page, next: String? = nil,
    headers: [(name: String, value: String)] = []
  ) async throws -> Page {
    var form = try page.form(to: "/signin")
    if let next {
      form.pairs.removeAll { $0.name == "next" }
      form.append("next", next)
    }
    form.append("email", email)
    form.append("password", password)
    return try await post("/signin", form, headers: headers)
  }

  package func signIn(_ password: String, on page: Page) async throws -> Page {
    try await signIn(email, password: password, on: page)
  }

  /// Decides on an open consent page.
  ///
  /// - Parameter tenant: which one to choose where there is a choice.
  package func decide(_ decision: String, on page: Page, tenant: String? = nil) async throws -> Page {
    var form = try page.form(to: "/consent")
    if let tenant {
      guard let choice = page.tenants.first(where: { $0.name == tenant }) else {
        throw Missed("The page offers \(page.tenants.map(\.name)), and not \(tenant)")
      }
      form.append("tenant", choice.id)
    }
    form.append("decision", decision)
    return try await post("/consent", form)
  }

  /// Opens the link of an app, signs in if asked to, and decides.
  ///
  /// - Returns: the address that the browser is sent to: the app's own.
  package func decide(_ decision: String, at link: String, tenant: String? = nil) async throws -> String {
    let answer = try await decide(decision, on: try await consentPage(link), tenant: tenant)
    guard let location = answer.location else { throw Missed("\(decision) was answered with \(answer.status)") }
    return location
  }

  package func approve(_ link: String, tenant: String? = nil) async throws -> String {
    try await decide("approve", at: link, tenant: tenant)
  }

  package func consentPage(_ link: String) async throws -> Page {
    let page = try await signedIn(try await open(link))
    _ = try page.form(to: "/consent")
    return page
  }

  package func accountPage() async throws -> Page { try await signedIn(try await open("/account")) }

  /// Presses the button that revokes an approval, on this person's own page.
  package func revoke(_ approval: String) async throws -> Page {
    var form = try await accountPage().form(to: "/account/revoke")
    form.pairs.removeAll { $0.name == "approval" }
    form.append("approval", approval)
    return try await post("/account/revoke", form)
  }

  private func signedIn(_ page: Page) async throws -> Page {
    guard page.hasForm(to: "/signin") else { return page }
    let answer = try await signIn(password, on: page)
    guard let next = answer.location else { throw Missed("Signing in was answered with \(answer.status)") }
    return try await open(next)
  }
}
