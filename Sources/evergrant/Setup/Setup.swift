import Foundation
import Keeper

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
  /// What the command line says of the app; each answer counts once, and is asked for where it was no good.
  var answers: Answers
  let dialogue: Dialogue
  /// What was given of the app, which stands for an empty answer when it is asked for again.
  var given = Given()

  struct Answers {
    var base, redirect, id, secretFile: String?
  }

  struct Given {
    var base, redirect, id: String?
    var scopes: [String]?
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
    guard let known = try await keeper.desk.clients().first(where: { $0.name == app }) else {
      tell("1. The app that you registered at \(entry.title)" + (entry.registration.map { ": \($0)" } ?? ""))
      return try await askForApp(replacing: false)
    }
    guard known.provider.name == entry.name else {
      throw Denied(
        "The app \(app) is one of \(known.provider.title). Give this one another name: evergrant setup \(entry.name) "
          + "--name \(connection) --client NAME")
    }
    given = Given(base: known.baseURL, redirect: known.redirectURI, id: known.clientID, scopes: known.scopes)
    guard let trouble = known.stopped?.words else {
      if let id = answers.id, id != known.clientID {
        throw Denied(
          "The app \(app) is stored with another client id, \(known.clientID). Set it anew with evergrant client add "
            + "\(app) --replace, or give this one another name with --client.")
      }
      return tell("1. The app \(app) of \(entry.title) is stored.")
    }
    tell("1. The app \(app) is stored, and does not work: \(trouble).")
    try await askForApp(replacing: true)
  }

  mutating func askForApp(replacing: Bool) async throws {
    let said = answers
    answers = Answers()
    if let wanted = entry.base {
      given.base = try dialogue.ask(
        "Address", flag: "--base-url", given: said.base, because: "\(entry.title) needs \(wanted.what).",
        usual: given.base ?? wanted.usual
      ) {
        guard entry.at(base: $0)?.unusableEndpoint == nil, entry.at(base: $0)?.route(for: nil) != nil else {
          throw Denied("That is not an https address, or http on this machine, that is known here.")
        }
      }
    }
    given.redirect = try dialogue.ask(
      "Redirect URI", flag: "--redirect-uri", given: said.redirect,
      because: entry.loopbackRedirects
        ? "Register this redirect URI for the app at \(entry.title), to the letter: it brings the approval back here."
        : "\(entry.title) sends people back to https addresses only. Register one of yours for the app, to the letter; "
          + "nothing has to run there, because you will paste the address that the browser ends on.",
      usual: given.redirect ?? (entry.loopbackRedirects ? "http://127.0.0.1/callback" : nil)
    ) { try entry.requireRedirect($0) }
    let id = try dialogue.ask(
      "Client id", flag: "--client-id", given: said.id,
      because: "\(entry.title) shows the app's id and secret where it is registered.", usual: given.id)
    given.id = id
    let secret = try dialogue.askSecret(
      "Client secret", flag: "--secret-file", given: said.secretFile,
      because: "The secret is not shown while you type or paste it, and is stored sealed.")
    try await keeper.desk.addClient(
      app, provider: entry.name, baseURL: given.base, clientID: id, secret: secret, redirectURI: given.redirect,
      scopes: given.scopes ?? [], replacing: replacing)
  }

  func tell(_ text: String, indented: Bool = false) {
    say(indented ? Paragraph.wrapped(text, head: "   ", indentation: 3) : Paragraph.wrapped(text, indentation: 3))
  }
}
