import Logging
import OAuth
import Operator
import Outbound
import ServiceLifecycle
import Web

/// The watch that alerts, as a service: at shutdown nothing more is sent, and what is under way ends.
struct AlertService: Service, CustomStringConvertible {
  var watch: AlertWatch
  var description: String { "alerts" }

  func run() async throws {
    await withGracefulShutdownHandler {
      await watch.run()
    } onGracefulShutdown: {
      watch.close()
    }
  }
}

/// Makes channels of their settings.
struct AlertChannels: Sendable {
  var client = OutboundClient(bodyLimit: 64 << 10)
  var logger: Logger

  init(logger: Logger) { self.logger = logger }

  func make(_ settings: AlertChannelSettings, _ secret: Secret?) throws -> any AlertChannel {
    switch settings {
    case .command(let path, let arguments): try CommandChannel(path: path, arguments: arguments)
    case .webhook(let url): try WebhookChannel(url: url, secret: secret, client: client)
    case .mail(let settings): try MailChannel(settings, password: secret, logger: logger)
    }
  }
}
