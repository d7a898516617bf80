import Foundation
import Synchronization
import TestKit
import Wire

/// A person at a browser, who has cookies, goes where links and redirects lead, and fills in the forms that come.
final class Browser: Sendable {
  let email: String
  let password: String
  private let issuer: String
  private let cookies = Mutex<[String: String]>([:])

  init(_ email: String, password: String, issuer: String) {
    self.email = email
    self.password = password
    self.issuer = issuer
  }

  /// Opens the link of an app, signs in if asked to, and decides.
  ///
  /// - Parameter tenant: which one to choose where there is a choice.
  /// - Returns: the address that the browser is sent to: the app's own.
  func decide(_ decision: String, at link: String, tenant: String? = nil) async throws -> String {
    let page = try await consentPage(link)
    var form = try page.form(to: "/consent")
    if let tenant {
      guard let choice = page.tenants.first(where: { $0.name == tenant }) else {
        throw Missed("The page offers \(page.tenants.map(\.name)), and not \(tenant)")
      }
      form.append("tenant", choice.id)
    }
    form.append("decision", decision)
    let answer = try await post("/consent", form)
    guard let location = answer.location else { throw Missed("\(decision) was answered with \(answer.status)") }
    return location
  }

  func approve(_ link: String, tenant: String? = nil) async throws -> String {
    try await decide("approve", at: link, tenant: tenant)
  }

  func consentPage(_ link: String) async throws -> Page {
    let page = try await signedIn(try await open(link))
    _ = try page.form(to: "/consent")
    return page
  }

  func accountPage() async throws -> Page { try await signedIn(try await open(issuer + "/account")) }

  /// Presses the button that revokes an approval, on this person's own page.
  func revoke(_ approval: String) async throws -> Page {
    var form = try await accountPage().form(to: "/account/revoke")
    form.pairs.removeAll { $0.name == "approval" }
    form.append("approval", approval)
    return try await post("/account/revoke", form)
  }

  func post(_ path: String, _ fields: FormFields) async throws -> Page {
    try await send("POST", issuer + path, fields)
  }

  func signIn(_ password: String, on page: Page) async throws -> Page {
    var form = try page.form(to: "/signin")
    form.append("email", email)
    form.append("password", password)
    return try await post("/signin", form)
  }

  private func signedIn(_ page: Page) async throws -> Page {
    guard page.hasForm(to: "/signin") else { return page }
    let answer = try await signIn(password, on: page)
    guard let next = answer.location else { throw Missed("Signing in was answered with \(answer.status)") }
    return try await open(next)
  }

  private func open(_ address: String) async throws -> Page {
    let page = try await send("GET", address, nil)
    guard let next = page.location else { return page }
    return try await open(next)
  }

  private func send(_ method: String, _ address: String, _ fields: FormFields?) async throws -> Page {
    let kept = cookies.withLock { $0.map { "\($0)=\($1)" }.sorted().joined(separator: "; ") }
    var headers: [(name: String, value: String)] = kept.isEmpty ? [] : [("Cookie", kept)]
    if fields != nil { headers.append(("Content-Type", "application/x-www-form-urlencoded")) }
    let answer = try await HTTP.send(method, address, headers: headers, body: fields?.encoded)
    for (name, value) in answer.headers where name.lowercased() == "set-cookie" {
      let pair = value.prefix { $0 != ";" }.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      cookies.withLock { $0[String(pair[0])] = pair.count > 1 && !pair[1].isEmpty ? String(pair[1]) : nil }
    }
    return Page(answer, at: address)
  }
}

/// A page of the issuer as a person has it before them.
struct Page: Sendable {
  let status: Int
  let html: String
  /// Where the browser is sent on to, as a whole address.
  let location: String?

  init(_ answer: HTTP.Answer, at address: String) {
    status = answer.status
    html = answer.body
    location = answer[header: "Location"].map {
      URL(string: $0, relativeTo: URL(string: address))?.absoluteString ?? $0
    }
  }

  func hasForm(to action: String) -> Bool { html.contains(#"action="\#(action)""#) }

  /// What the page has filled into a form.
  func form(to action: String) throws -> FormFields {
    let parts = html.components(separatedBy: #"action="\#(action)""#)
    guard parts.count > 1, let form = parts[1].components(separatedBy: "</form>").first else {
      throw Missed("The page has no form to \(action) (status \(status)): \(words)")
    }
    let inputs = form.matches(of: /<input type="hidden" name="([^"]*)" value="([^"]*)">/)
    return FormFields(inputs.map { (String($0.1), Self.unescaped($0.2)) })
  }

  /// The choices of a consent page.
  var tenants: [(id: String, name: String)] {
    html.matches(of: /<label for="tenant-([^"]*)">([^<]*)</).map { (String($0.1), Self.unescaped($0.2)) }
  }

  /// The living approvals of an account page.
  var approvals: [String] { html.matches(of: /name="approval" value="([^"]*)"/).map { String($0.1) } }

  /// What is there to read.
  var words: String {
    html.replacing(/<[^>]*>/, with: " ").split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }

  private static func unescaped(_ text: Substring) -> String {
    [("&quot;", "\""), ("&#39;", "'"), ("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")]
      .reduce(String(text)) { $0.replacing($1.0, with: $1.1) }
  }
}
