import Keeper
import Logging
import NIOCore
import NIOPosix
import OAuth
import Operator
import Outbound
import Wire

/// Sends notices as mail. A mail that at least one recipient's server has taken counts as delivered; the log names the
/// recipients that it refused.
package struct MailChannel: AlertChannel {
  private let settings: MailSettings
  private let password: Secret?
  private let tls: ClientTLS
  private let clock: WallClock
  private let logger: Logger

  /// - Throws: where an address could not stand in a mail, or a password is there without a user.
  package init(
    _ settings: MailSettings, password: Secret?, tls: ClientTLS = .mail,
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
    self.tls = tls
    self.clock = clock
    self.logger = logger
  }

  /// `smtp://host[:port]` begins in plain text and goes on over TLS; `smtps://host[:port]` is TLS from the first byte.
  package static func server(_ text: String) -> (host: String, port: Int, isTLS: Bool)? {
    let isTLS = text.hasPrefix("smtps://")
    guard isTLS || text.hasPrefix("smtp://"),
      let address = AbsoluteURI("https://" + text.dropFirst(isTLS ? 8 : 7)), address.rest.isEmpty,
      let origin = Origin(address)
    else { return nil }
    return (origin.host, address.port ?? (isTLS ? 465 : 587), isTLS)
  }

  package func deliver(_ notice: AlertNotice) async throws {
    let message = MailMessage(notice, from: settings.from, to: settings.to, at: clock.now())
    let deadline = NIODeadline.now() + TimeAmount(AlertPolicy.deadline)
    let taken = MultiThreadedEventLoopGroup.singleton.next().makePromise(of: [String].self)
    let channel: any Channel
    do {
      // The certificate is judged also where TLS begins only with STARTTLS, so the roots are read in any case.
      try tls.prepare()
      channel = try await Dialer(tls: tls).connect(
        to: settings.host, port: settings.port, isTLS: settings.isTLS, by: deadline
      ) { [settings, password, tls] channel in
        let handler = MailHandler(
          settings, password: password, message: message, tls: tls, deadline: deadline, taken: taken)
        try channel.pipeline.syncOperations.addHandler(handler)
      }
    } catch {
      let failure = AlertFailure("\(settings.host) port \(settings.port) cannot be reached: \(error).")
      taken.fail(failure)
      throw failure
    }
    defer { channel.close(promise: nil) }
    let refused = try await taken.futureResult.get()
    if !refused.isEmpty {
      logger.warning(
        "a mail server refused recipients", metadata: ["recipients": "\(refused.joined(separator: ", "))"])
    }
  }

  /// An address that can stand between angle brackets on a line of its own, and nothing beside it.
  private static func isAddress(_ text: String) -> Bool {
    let parts = text.split(separator: "@", omittingEmptySubsequences: false)
    return parts.count == 2 && parts.allSatisfy { !$0.isEmpty } && text.utf8.count <= 254
      && text.isVisibleASCII && !text.contains { "<>()[],;:\\\"".contains($0) }
  }
}
