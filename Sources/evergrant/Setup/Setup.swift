import Foundation
import Keeper
import Logging
import OAuth
import Proxy
import Store
import Web

/// The way from nothing to a job's first call. Each step looks first whether it is done already, so that running it again
/// repairs what is half done.
struct Setup {
  let keeper: Keeper
  let entry: Provider
  let app: String
  let connection: String
  let keyFile: String
  /// The service's user, where the data is a service's and not one's own.
  let owner: String?
  /// The command of a server on this data.
  let serve: String
  /// What the key may call, where the operator has said so.
  var rules: [APIKey.Rule]
  let browser: BrowserOptions
  var replacesTenant: Bool
  private let dialogue = Dialogue()
  /// What was given of the app, which stands for an empty answer when it is asked for again.
  private var given = Given()

  private struct Given {
    var base, redirect, id: String?
    var scopes: [String]?
  }

  init(
    keeper: Keeper, entry: Provider, app: String, connection: String, keyFile: String, owner: String?,
    serve: String, rules: [APIKey.Rule], browser: BrowserOptions, replacesTenant: Bool
  ) {
    self.keeper = keeper
    self.entry = entry
    self.app = app
    self.connection = connection
    self.keyFile = keyFile
    self.owner = owner
    self.serve = serve
    self.rules = rules
    self.browser = browser
    self.replacesTenant = replacesTenant
  }

  mutating func run() async throws {
    try await registerApp()
    try await approve()
    let key = try await makeKey()
    try await tryCall(key)
    print(try snippets)
  }

  // MARK: - 1. The app

  private mutating func registerApp() async throws {
    guard let known = try await keeper.clients().first(where: { $0.name == app }) else {
      tell("1. The app that you registered at \(entry.title)")
      return try await askForApp(replacing: false)
    }
    guard known.provider.name == entry.name else {
      throw Denied(
        "The app \(app) is one of \(known.provider.title). Give this one another name: evergrant setup \(entry.name) "
          + "--name \(connection) --client NAME")
    }
    given = Given(base: known.baseURL, redirect: known.redirectURI, id: known.clientID, scopes: known.scopes)
    guard let trouble = known.stopped else { return tell("1. The app \(app) of \(entry.title) is stored.") }
    tell("1. The app \(app) is stored, and does not work: \(trouble).")
    try await askForApp(replacing: true)
  }

  private mutating func askForApp(replacing: Bool) async throws {
    if let wanted = entry.base {
      given.base = try dialogue.ask(
        "Address", because: "\(entry.title) needs \(wanted.what).", usual: given.base ?? wanted.usual
      ) {
        guard entry.at(base: $0)?.unusableEndpoint == nil, entry.at(base: $0)?.route(for: nil) != nil else {
          throw Denied("That is not an https address, or http on this machine, that is known here.")
        }
      }
    }
    given.redirect = try dialogue.ask(
      "Redirect URI",
      because: entry.loopbackRedirects
        ? "Register this redirect URI for the app at \(entry.title), to the letter: it brings the approval back here."
        : "\(entry.title) sends people back to https addresses only. Register one of yours for the app, to the letter; "
          + "nothing has to run there, because you will paste the address that the browser ends on.",
      usual: given.redirect ?? (entry.loopbackRedirects ? "http://127.0.0.1/callback" : nil)
    ) { try entry.requireRedirect($0) }
    let id = try dialogue.ask(
      "Client id", because: "\(entry.title) shows the app's id and secret where it is registered.", usual: given.id)
    given.id = id
    let secret = try dialogue.askSecret(
      "Client secret", because: "The secret is not shown while you type or paste it, and is stored sealed.")
    try await keeper.addClient(
      app, provider: entry.name, baseURL: given.base, clientID: id, secret: secret, redirectURI: given.redirect,
      scopes: given.scopes ?? [], replacing: replacing)
  }

  // MARK: - 2. The approval

  private mutating func approve() async throws {
    let before = try? await keeper.status(connection)
    if let before, before.client != app {
      throw Denied("There is a connection \(connection) of the app \(before.client) already. Choose another --name.")
    }
    // What is the matter with a token that lives, such as a clock that is off, is not mended by approving again.
    if let before, [.ok, .paused].contains(before.state) || (before.state == .trouble && before.isServed) {
      tell("2. \(connection) is connected: \(Self.approval(before)).")
      if let trouble = before.trouble { tell(trouble + ". " + (before.nextStep ?? ""), indented: true) }
      return
    }
    tell("2. The approval, once, by the person whose data it is")
    while true {
      do {
        let client = try await keeper.client(app)
        let status = try await browser.connect(connection, by: client, keeper, replacingTenant: replacesTenant)
        tell(Self.approval(status) + ".", indented: true)
        if let trouble = status.trouble { tell(trouble + ". " + (status.nextStep ?? ""), indented: true) }
        if try dialogue.confirm("Is that where the jobs shall work?", usual: true) { return }
        tell(try await keeper.disconnect(connection), indented: true)
        replacesTenant = true
      } catch KeeperError.clientRefused {
        tell(
          "\(entry.title) does not accept this id with this secret. Give them again, as they are shown there.",
          indented: true)
        try await askForApp(replacing: true)
      } catch let error as KeeperError {
        tell("\(error)", indented: true)
        try tryAgain()
      } catch let error as Denied {
        tell("\(error)", indented: true)
        try await doubtApp()
        try tryAgain()
      }
    }
  }

  /// No answer came back: the provider may have shown its browser an error instead of a question.
  private mutating func doubtApp() async throws {
    let redirect = try await keeper.client(app).redirectURI ?? ""
    tell(
      "If the browser showed an error of \(entry.title) instead of a question: the app there must have the redirect URI "
        + "\(redirect), to the letter, and the id that you gave.", indented: true)
    if try dialogue.confirm("Give the app's redirect URI, id and secret again?", usual: false) {
      try await askForApp(replacing: true)
    }
  }

  private func tryAgain() throws {
    guard try dialogue.confirm("Try again with a new link?", usual: true) else {
      throw Denied("\(connection) is not connected. The same command goes on from here.")
    }
  }

  private static func approval(_ status: ConnectionStatus) -> String {
    "\(status.approver ?? "A person") approved for \(status.tenant ?? "a tenant")"
  }

  // MARK: - 3. The key

  private mutating func makeKey() async throws -> Secret {
    if let key = try keyInFile() {
      if let known = keeper.key(presented: key) {
        guard known.connection == connection else {
          throw Denied("\(keyFile) has the key of another connection, \(known.connection). Choose another --key-file.")
        }
        rules = known.rules
        say("3. The key \(known.name) is in \(keyFile).")
        return key
      }
      guard try await keeper.hasMade(key) else {
        throw Denied(
          "\(keyFile) has a key that was not made here, and may be good elsewhere. Choose another --key-file.")
      }
    }
    let name = URL(fileURLWithPath: keyFile).deletingPathExtension().lastPathComponent
    let lost = try await keeper.keys().first { $0.name == name && $0.connection == connection }
    if rules.isEmpty { rules = try lost?.rules ?? usualRules() }
    if let lost {
      tell("3. The key \(lost.name) was made before, but \(keyFile) does not have it, and it was shown only once.")
      if try dialogue.confirm("Revoke that one? What still holds it stops working", usual: false) {
        try await keeper.revokeKey(lost.name)
      }
    } else {
      tell("3. A key for the first job")
    }
    try? FileManager.default.removeItem(atPath: keyFile)
    let (made, key) = try await SecretInput.showOnce({ $0.key }, file: keyFile) { try await addKey(name) }
    say("   The key \(made) is in \(keyFile), for \(owner.map { "the user \($0)" } ?? "you") alone to read.")
    say("   It ends in a year, and may do this and no more:")
    for rule in rules { say("     \(rule.text)") }
    return key
  }

  /// The key that the file holds, living or not; nil where there is no file.
  private func keyInFile() throws -> Secret? {
    guard FileManager.default.fileExists(atPath: keyFile) else { return nil }
    let content = try SecretInput.read(file: keyFile, prompt: "The key file")
    guard content.exposed.hasPrefix(Credential.apiKey.rawValue) else {
      throw Denied("\(keyFile) is there and holds no API key. Choose another --key-file.")
    }
    return content
  }

  /// A revoked key keeps its name for the record, so the next one has a number behind it.
  private func addKey(_ name: String) async throws -> (name: String, key: Secret) {
    for number in 1...100 {
      let name = number == 1 ? name : "\(name)-\(number)"
      do {
        return (name, try await keeper.addKey(name, connection: connection, rules: rules, handsOutTokens: false))
      } catch KeeperError.alreadyThere { continue }
    }
    throw KeeperError.alreadyThere("a key named \(name), with every number up to 100")
  }

  private func usualRules() throws -> [APIKey.Rule] {
    if entry.contacts == .keap { return ContactUpsert.rules }
    if let userinfo = entry.userinfo.flatMap({ APIKey.Rule("GET " + $0) }) { return [userinfo] }
    throw Denied("Say what the job may call, as --allow 'GET /path', and run the same command again.")
  }

  // MARK: - 4. The call

  /// A call that changes nothing and that the key allows.
  private var trial: String? {
    let paths = [entry.contacts == .keap ? "/crm/rest/v2/contacts" : nil, entry.userinfo].compactMap(\.self)
    return paths.first { path in rules.contains { $0.matches(method: "GET", path: path) } }
  }

  /// Calls as the job will, through a data plane of its own for that one call.
  private func tryCall(_ key: Secret) async throws {
    guard let trial else { return tell("4. Nothing that the key may do can be tried without changing something.") }
    let proxy = try await ProxyServer(
      gateway: keeper, clock: .system, host: "127.0.0.1", port: 0, limits: ProxyLimits(),
      logger: .standardError(.error), threads: 1
    ).bind()
    let upstream = try HTTPUpstream(
      base: "http://127.0.0.1:\(proxy.port)/via/\(connection)", credential: .apiKey(key))
    let answer = try await keeper.working {
      try await upstream.send(UpstreamRequest("GET", trial))
    }
    await proxy.stop()
    guard answer.status == 200 else {
      throw Denied(
        "The test call GET \(trial) was answered with \(answer.status): "
          + "\(String(decoding: answer.body.prefix(300), as: UTF8.self)). The grant and the key are stored; the same "
          + "command tries again.")
    }
    tell("4. The test call GET \(trial) with that key was answered with 200.")
  }

  private func tell(_ text: String, indented: Bool = false) {
    say(indented ? Paragraph.wrapped(text, head: "   ", indentation: 3) : Paragraph.wrapped(text, indentation: 3))
  }
}
