import Foundation
import OAuth
import Outbound
import Wire

/// Somebody at a browser: follows links, fills in the forms that the pages have, and keeps the cookies.
struct Person {
  let email: String
  let password: Secret
  private let client = OutboundClient()
  private var cookies: [String: String] = [:]

  init(email: String, password: Secret) {
    self.email = email
    self.password = password
  }

  /// Opens the link of an authorization request, signs in if asked, and approves.
  ///
  /// - Returns: where the browser was sent in the end: the app's redirect URI.
  mutating func approve(_ link: String) async throws -> String {
    var page = try await open(link)
    if page.form(to: "/signin") != nil { page = try await signIn(page) }
    guard let form = page.form(to: "/consent") else {
      throw Denied("The page that asks for approval did not come: \(page.status).")
    }
    let response = try await submit(form.setting("decision", to: "approve"), on: page)
    guard let location = response.location else { throw Denied("The approval was not accepted: \(response.status).") }
    return location
  }

  /// Goes to the account page and revokes every approval that is there.
  ///
  /// - Returns: how many there were.
  mutating func revokeEverything(at issuer: String) async throws -> Int {
    var count = 0
    while true {
      var page = try await open(issuer + "/account")
      if page.form(to: "/signin") != nil { page = try await signIn(page) }
      guard let form = page.form(to: "/account/revoke") else { return count }
      _ = try await submit(form, on: page)
      count += 1
    }
  }

  private mutating func signIn(_ page: Page) async throws -> Page {
    guard let form = page.form(to: "/signin") else { return page }
    let filled = form.setting("email", to: email).setting("password", to: password.exposed)
    let response = try await submit(filled, on: page)
    guard let next = response.location else { throw Denied("Signing in failed: \(response.status).") }
    return try await open(next)
  }

  private mutating func open(_ address: String) async throws -> Page {
    let page = try await send("GET", address, fields: nil)
    guard let next = page.location else { return page }
    return try await open(next)
  }

  private mutating func submit(_ form: Page.Form, on page: Page) async throws -> Page {
    try await send("POST", page.absolute(form.action), fields: form.fields)
  }

  private mutating func send(_ method: String, _ address: String, fields: FormFields?) async throws -> Page {
    var headers: [(name: String, value: String)] = []
    if !cookies.isEmpty { headers.append(("Cookie", cookies.map { "\($0)=\($1)" }.sorted().joined(separator: "; "))) }
    if fields != nil { headers.append(("Content-Type", "application/x-www-form-urlencoded")) }
    let response = try await client.send(method, address, headers: headers, body: fields.map { Array($0.encoded.utf8) })
    for cookie in response.headers["set-cookie"] {
      let pair = cookie.prefix { $0 != ";" }.split(separator: "=", maxSplits: 1).map(String.init)
      if pair.count == 2 { cookies[pair[0]] = pair[1] }
    }
    return Page(address: address, response: response)
  }
}

/// A page as the person sees it.
struct Page {
  struct Form {
    var action: String
    var fields: FormFields

    func setting(_ name: String, to value: String) -> Form {
      var form = self
      form.fields.pairs.removeAll { $0.name == name }
      form.fields.pairs.append((name, value))
      return form
    }
  }

  let status: Int
  /// Where the browser is sent on to.
  let location: String?
  private let address: String
  private let html: String

  init(address: String, response: OutboundResponse) {
    self.address = address
    status = response.status
    html = response.text
    location = response[header: "location"].map { Self.absolute($0, from: address) }
  }

  func absolute(_ path: String) -> String { Self.absolute(path, from: address) }

  /// The first form that goes to `action`, with the fields that the page has filled in.
  func form(to action: String) -> Form? {
    guard let start = html.range(of: "action=\"\(action)\""),
      let end = html.range(of: "</form>", range: start.upperBound..<html.endIndex)
    else { return nil }
    let inputs = html[start.upperBound..<end.lowerBound].matches(of: /<input[^>]*>/).map { String($0.output) }
    let fields = inputs.compactMap { input -> (name: String, value: String)? in
      guard input.contains("type=\"hidden\""), let name = Self.attribute("name", of: input) else { return nil }
      return (name, Self.attribute("value", of: input) ?? "")
    }
    return Form(action: action, fields: FormFields(fields))
  }

  private static func attribute(_ name: String, of tag: String) -> String? {
    guard let start = tag.range(of: " \(name)=\""),
      let end = tag.range(of: "\"", range: start.upperBound..<tag.endIndex)
    else { return nil }
    let entities = [("&quot;", "\""), ("&#39;", "'"), ("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")]
    return entities.reduce(String(tag[start.upperBound..<end.lowerBound])) { $0.replacing($1.0, with: $1.1) }
  }

  private static func absolute(_ location: String, from address: String) -> String {
    location.hasPrefix("/") ? Origin(of: address).map { "\($0)" + location } ?? location : location
  }
}
