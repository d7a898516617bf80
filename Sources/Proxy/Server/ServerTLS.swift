import Foundation
import Logging
import NIOSSL
import Sockets
import Synchronization
import Wire

/// The certificate that the data plane shows to jobs on other machines (K31): read from two PEM files, and read again when they
/// change, so that whoever renews them need not tell the server.
package final class ServerTLS: Sendable {
  /// Why a certificate cannot be shown, and what to do.
  package enum Failure: Error, Sendable, Equatable, CustomStringConvertible {
    case unreadable(String)
    case noCertificate(String)
    case noKey(String)
    case wrongKey(certificate: String, key: String)
    case notValid(String, from: Timestamp, until: Timestamp)

    package var description: String {
      switch self {
      case .unreadable(let path):
        access(path, F_OK) != 0 && errno == ENOENT
          ? "There is no file \(path)." : "\(path) cannot be read by this user. Let the user of the service read it."
      case .noCertificate(let path):
        "\(path) holds no certificate in PEM form: the server's own comes first, then its issuers."
      case .noKey(let path): "\(path) holds no private key in PEM form without a passphrase."
      case .wrongKey(let certificate, let key):
        "\(key) is not the key of the certificate in \(certificate). Name the two that belong together."
      case .notValid(let path, let from, let until):
        "The certificate in \(path) is good from \(from.readableDay) to \(until.readableDay) and not today. Renew it, or set the clock."
      }
    }
  }

  /// What tells a file from one that was put in its place.
  private struct Mark: Equatable {
    var file: UInt64
    var seconds: Int
    var nanoseconds: Int

    init?(_ path: String) {
      var found = stat()
      guard stat(path, &found) == 0 else { return nil }
      (file, seconds, nanoseconds) = (UInt64(found.st_ino), found.st_mtim.tv_sec, found.st_mtim.tv_nsec)
    }
  }

  private struct State {
    var marks: [Mark?]
    var context: NIOSSLContext
  }

  private let certificate: String
  private let key: String
  private let clock: WallClock
  private let state: Mutex<State>

  /// - Throws: ``Failure``, where a certificate cannot be read, does not fit its key, or is not good today.
  package init(certificate: String, key: String, clock: WallClock) throws(Failure) {
    self.certificate = certificate
    self.key = key
    self.clock = clock
    let marks = [Mark(certificate), Mark(key)]
    state = Mutex(State(marks: marks, context: try Self.load(certificate, key, at: clock.now())))
  }

  /// For the next connection.
  var context: NIOSSLContext { state.withLock(\.context) }

  /// Reads the files again if they have changed. A certificate that cannot be shown is logged once, and the old one stays.
  func follow(_ logger: Logger) {
    let marks = [Mark(certificate), Mark(key)]
    guard state.withLock({ $0.marks != marks }) else { return }
    do {
      let context = try Self.load(certificate, key, at: clock.now())
      state.withLock { $0 = State(marks: marks, context: context) }
      logger.notice("a new certificate is shown", metadata: ["tls.certificate": "\(certificate)"])
    } catch {
      state.withLock { $0.marks = marks }
      logger.error("the new certificate cannot be shown, and the old one still is", metadata: ["error": "\(error)"])
    }
  }

  private static func load(_ certificate: String, _ key: String, at now: Timestamp) throws(Failure) -> NIOSSLContext {
    for path in [certificate, key] where access(path, R_OK) != 0 { throw .unreadable(path) }
    guard let chain = try? NIOSSLCertificate.fromPEMFile(certificate), let own = chain.first else {
      throw .noCertificate(certificate)
    }
    guard let privateKey = try? NIOSSLPrivateKey(file: key, format: .pem) else { throw .noKey(key) }
    let from = Timestamp(seconds: Int64(own.notValidBefore)), until = Timestamp(seconds: Int64(own.notValidAfter))
    guard from <= now, now < until else { throw .notValid(certificate, from: from, until: until) }
    var configuration = TLSConfiguration.makeServerConfiguration(
      certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(privateKey))
    configuration.applicationProtocols = ["http/1.1"]
    guard let context = try? configuration.context() else {
      throw .wrongKey(certificate: certificate, key: key)
    }
    return context
  }
}
