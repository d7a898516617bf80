import Store
import Wire

/// A way to tell an operator; the network, a program, or a test that listens.
package protocol AlertChannel: Sendable {
  /// Returns when the other side has taken the notice, within ``AlertPolicy/deadline``.
  ///
  /// - Throws: where it may not have; the error says why in a few words, without a secret.
  func deliver(_ notice: AlertNotice) async throws
}

/// A channel as the operator set it up, without its secret.
package enum AlertChannelSettings: Sendable, Equatable, Codable {
  /// A program that is run with the notice on its standard input.
  case command(path: String, arguments: [String])
  /// An address that is posted to, signed as Standard Webhooks says; the secret is the signing key.
  case webhook(url: String)
  /// A mail server; the secret is the password.
  case mail(MailSettings)
}

package struct MailSettings: Sendable, Equatable, Codable {
  package var host: String
  package var port: Int
  /// Whether TLS comes before the first word, rather than by STARTTLS.
  package var isTLS: Bool
  package var from: String
  package var to: [String]
  package var user: String?

  package init(host: String, port: Int, isTLS: Bool, from: String, to: [String], user: String? = nil) {
    self.host = host
    self.port = port
    self.isTLS = isTLS
    self.from = from
    self.to = to
    self.user = user
  }
}

/// A channel, and how its deliveries go.
package struct AlertChannelStatus: Sendable, Equatable {
  package var name: String
  package var settings: AlertChannelSettings
  package var deliveredAt: Timestamp?
  /// Why the last attempt to deliver what still waits has failed.
  package var trouble: String?
  /// How many notices wait to be delivered.
  package var waiting: Int
  /// When it was last tested.
  package var testedAt: Timestamp?
  /// Why that test failed.
  package var testTrouble: String?
}

extension KeyRing.Place {
  static func alertSecret(_ channel: String) -> KeyRing.Place {
    KeyRing.Place(table: "alert_channels", row: channel, column: "secret")
  }
}
