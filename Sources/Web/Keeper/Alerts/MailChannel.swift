import Keeper
import Logging
import NIOCore
import NIOPosix
import NIOSSL
import OAuth
import Sockets
import Store

/// Sends notices as mail. A mail that at least one recipient's server has taken counts as delivered; the log names the
/// recipients that it refused.
package struct MailChannel: AlertChannel {
  private let settings: MailSettings
  private let password: Secret?
  private let configuration: TLSConfiguration
  private let clock: WallClock
  private let logger: Logger

  /// - Throws: where an address could not stand in a mail, or a password is there without a user.
  package init(
    _ settings: MailSettings, password: Secret?, tls: TLSConfiguration = .makeClientConfiguration(),
    clock: WallClock = .system, logger: Logger
  ) throws(AlertFailure) {
    guard !settings.to.isEmpty else { throw AlertFailure("Name at least one recipient with --to.") }
    for address in [settings.from] + settings.to where !Self.isAddress(address) {
      throw AlertFailure("\(address.debugDescription) is not a mail address in plain letters, such as ops@example.org.")
    }
    guard (password == nil) == (settings.user == nil) else {
      throw AlertFailure("A user and a password go together: give both --user and --password-file, or neither.")
    }
    let secrets = [settings.user ?? "", password?.exposed ?? ""]
    guard secrets.allSatisfy({ !$0.utf8.contains(0) && $0.utf8.count < 500 }) else {
      throw AlertFailure("The user or the password cannot be sent: it is too long, or has a NUL in it.")
    }
    self.settings = settings
    self.password = password
    configuration = tls
    self.clock = clock
    self.logger = logger
  }

  /// `smtp://host[:port]` begins in plain text and goes on over TLS; `smtps://host[:port]` is TLS from the first byte.
  package static func server(_ text: String) -> (host: String, port: Int, isTLS: Bool)? {
    let isTLS = text.hasPrefix("smtps://")
    guard isTLS || text.hasPrefix("smtp://"), let origin = Origin("https://" + text.dropFirst(isTLS ? 8 : 7)) else {
      return nil
    }
    let hasPort = origin.port != 443 || text.hasSuffix(":443")
    return (origin.host, hasPort ? origin.port : isTLS ? 465 : 587, isTLS)
  }

  package func deliver(_ notice: AlertNotice) async throws {
    let message = MailMessage(notice, from: settings.from, to: settings.to, at: clock.now())
    let context = try configuration.context()
    let loop = MultiThreadedEventLoopGroup.singleton.next()
    let deadline = NIODeadline.now() + TimeAmount(AlertPolicy.deadline)
    let taken = loop.makePromise(of: [String].self)
    do {
      let channel = try await ClientBootstrap(group: loop)
        .connectTimeout(TimeAmount(AlertPolicy.deadline))
        .channelInitializer { [settings, password] channel in
          channel.eventLoop.makeCompletedFuture {
            let pipeline = channel.pipeline.syncOperations
            if settings.isTLS { try pipeline.addHandler(MailHandler.tls(context, settings.host)) }
            try pipeline.addHandler(
              MailHandler(
                settings, password: password, message: message, tls: context, deadline: deadline, taken: taken))
          }
        }
        .connect(host: settings.host, port: settings.port).get()
      defer { channel.close(promise: nil) }
      let refused = try await taken.futureResult.get()
      if !refused.isEmpty {
        logger.warning(
          "a mail server refused recipients", metadata: ["recipients": "\(refused.joined(separator: ", "))"])
      }
    } catch {
      let failure =
        error as? AlertFailure
        ?? AlertFailure("\(settings.host) port \(settings.port) cannot be reached or used (\(type(of: error))).")
      taken.fail(failure)
      throw failure
    }
  }

  /// An address that can stand between angle brackets on a line of its own, and nothing beside it.
  private static func isAddress(_ text: String) -> Bool {
    let parts = text.split(separator: "@", omittingEmptySubsequences: false)
    return parts.count == 2 && parts.allSatisfy { !$0.isEmpty } && text.utf8.count <= 254
      && text.utf8.allSatisfy { (0x21...0x7E).contains($0) } && !text.contains { "<>()[],;:\\\"".contains($0) }
  }
}
