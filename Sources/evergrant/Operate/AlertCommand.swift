import ArgumentParser
import Foundation
import OAuth
import Operator
import Web
import Wire

struct AlertCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "alert", abstract: "Who is told when something needs somebody.",
    discussion: """
      evergrant serve tells each channel once when something begins and once when it is over: a connection needs a person,
      or will in 14, 7 or 1 days; it cannot be refreshed, or is down; the provider refuses a client; a restored backup set a
      connection apart; the clocks differ; a job with --expect-every has fallen silent.
      """.flowing, subcommands: [Add.self, List.self, Remove.self, Test.self])

  struct Add: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Add a channel: a command, a webhook or mail.",
      discussion: """
        A program, run without a shell, with the alert as JSON on its standard input; 0 means taken:
          evergrant alert add page --command /usr/local/bin/page-me --urgent

        An address that the same JSON is posted to, signed as Standard Webhooks says (webhook-id, -timestamp, -signature).
        The secret is whsec_ and 24 to 64 bytes in base64:
          echo whsec_$(openssl rand -base64 32) > hook.secret
          evergrant alert add hook --webhook https://ops.example/alerts \\
              --secret-file hook.secret

        Mail, over TLS; in plain text only to this machine and without a password:
          evergrant alert add mail --smtp smtp://mail.example \\
              --from keeper@shop.example --to ops@shop.example \\
              --user keeper@shop.example --password-file mail.password

        Try it with: evergrant alert test NAME
        """.flowing)

    @OptionGroup var data: DataOptions
    @Argument(help: "A name of your own for the channel.") var name: String
    @Option(help: "An address to post to.") var webhook: String?
    @Option(help: "A file with the secret to sign with. Without it you are asked.", completion: .file())
    var secretFile: String?
    @Option(help: "A mail server: smtp://host[:port] (STARTTLS), or smtps://host[:port].") var smtp: String?
    @Option(help: "The sender's address.") var from: String?
    @Option(help: "A recipient's address; as often as needed.") var to: [String] = []
    @Option(help: "The user to sign in as at the mail server.") var user: String?
    @Option(help: "A file with that user's password. Without it you are asked.", completion: .file())
    var passwordFile: String?
    @Option(parsing: .remaining, help: "A program and its arguments: everything that follows.") var command: [String] =
      []

    func run() async throws {
      let desk = try await data.desk()
      let (settings, secret) = try chosen()
      // What cannot be used, by the user who will, is refused now, and not at 03:00.
      _ = try AlertChannels(logger: .standardError(.warning)).make(settings, secret)
      try await desk.alerts().addChannel(name, settings, secret: secret)
      say("The channel \(name) is added; running servers use it from now on. Try it: evergrant alert test \(name)")
    }

    func validate() throws {
      guard [webhook != nil, smtp != nil, !command.isEmpty].filter({ $0 }).count == 1 else {
        throw ValidationError("Name one of --command, --webhook and --smtp.")
      }
      guard smtp == nil || (from != nil && !to.isEmpty) else {
        throw ValidationError("Mail needs --from and at least one --to.")
      }
    }

    private func chosen() throws -> (AlertChannelSettings, Secret?) {
      if let webhook {
        return (.webhook(url: webhook), try SecretInput.read(file: secretFile, prompt: "Webhook secret"))
      }
      if let smtp {
        guard let server = MailChannel.server(smtp) else {
          throw Denied("\(smtp) is not smtp://host[:port] or smtps://host[:port].")
        }
        let password = try user.map { try SecretInput.read(file: passwordFile, prompt: "Password of \($0)") }
        let settings = MailSettings(
          host: server.host, port: server.port, isTLS: server.isTLS, from: from ?? "", to: to, user: user)
        return (.mail(settings), password)
      }
      return (.command(path: command.first ?? "", arguments: Array(command.dropFirst())), nil)
    }
  }

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List the channels, and whether they work.")

    @OptionGroup var data: DataOptions
    @OptionGroup var output: OutputOptions

    private struct Answer: Encodable { var channels: [Entry] }

    struct Entry: Encodable {
      var name: String
      var goesTo: String
      var deliveredAt: Int64?
      var waiting: Int
      var trouble: String?
      /// When it was last tested, and what went wrong then.
      var testedAt: Int64?
      var testTrouble: String?
    }

    func run() async throws {
      let channels = try await data.desk().alerts().channels().map {
        Entry(
          name: $0.name, goesTo: $0.settings.readable, deliveredAt: $0.deliveredAt?.milliseconds, waiting: $0.waiting,
          trouble: $0.trouble, testedAt: $0.testedAt?.milliseconds, testTrouble: $0.testTrouble)
      }
      try output.show(Answer(channels: channels)) {
        channels.isEmpty
          ? "Nobody is told anything yet. Add a channel: evergrant alert add NAME --command PATH"
          : channels.map { channel in
            let last = channel.deliveredAt.map { "last delivered \(Timestamp(milliseconds: $0).readable)" }
            let test = channel.testedAt.map { moment in
              "\n    tested \(Timestamp(milliseconds: moment).readable): \(channel.testTrouble ?? "taken")"
            }
            return "\(channel.name)  \(channel.goesTo)  \(last ?? "no alert yet")"
              + (channel.waiting > 0 ? "  \(channel.waiting) waiting" : "")
              + (channel.trouble.map { "\n    failed last: \($0)" } ?? "") + (test ?? "")
          }.joined(separator: "\n")
      }
    }
  }

  struct Remove: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Remove a channel, and what waits for it.")

    @OptionGroup var data: DataOptions
    @Argument(help: "The channel.", completion: .channels) var name: String

    func run() async throws {
      try await data.desk().alerts().removeChannel(name)
      say("The channel \(name) is removed.")
    }
  }

  struct Test: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Send a test through a channel, and say what came of it.")

    @OptionGroup var data: DataOptions
    @Argument(help: "The channel.", completion: .channels) var name: String

    func run() async throws {
      let book = try await data.desk().alerts()
      let (settings, secret) = try await book.channel(name)
      do {
        let channel = try AlertChannels(logger: .standardError(.warning)).make(settings, secret)
        try await channel.deliver(.test(channel: name, at: WallClock.system.now(), random: .system))
      } catch {
        try await book.tested(name, trouble: "\(error)")
        throw error
      }
      try await book.tested(name, trouble: nil)
      say("The channel \(name) took a test: \(settings.readable).")
    }
  }
}

extension AlertChannelSettings {
  /// Where it goes, without a secret.
  var readable: String {
    switch self {
    case .command(let path, let arguments): "runs \(([path] + arguments).joined(separator: " "))"
    case .webhook(let url): "posts to \(url)"
    case .mail(let mail): "mails \(mail.to.joined(separator: ", ")) by \(mail.host)"
    }
  }
}
