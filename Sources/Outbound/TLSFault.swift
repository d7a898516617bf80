import NIOCore
import NIOSSL

/// Why TLS does not stand.
package enum TLSFault: Sendable, Equatable, CustomStringConvertible {
  /// Nobody whom this machine believes vouches for the certificate.
  case untrusted
  /// The certificate is for another name (RFC 9525).
  case wrongName
  /// What the library or the system calls it, such as `UNSUPPORTED_PROTOCOL`.
  case failed(String)
  case late
  /// The other side ended the connection.
  case closed

  /// Nil for an error that is not TLS's own, and for an end without TLS's goodbye, which is an end like any other.
  package init?(_ error: any Error) {
    switch error {
    case NIOSSLError.uncleanShutdown: return nil
    case NIOSSLError.handshakeFailed(let error): self.init(error)
    case NIOSSLError.unableToValidateCertificate, NIOSSLError.noCertificateToValidate: self = .untrusted
    case let error as NIOSSLError: self = .failed("\(error)")
    case let error as NIOSSLExtraError:
      let isName = error == .failedToValidateHostname || error == .serverHostnameImpossibleToMatch
      self = isName ? .wrongName : .failed("\(error)")
    case let error as BoringSSLError: self.init(error)
    default: return nil
    }
  }

  /// - Parameter error: what a connection ended with before TLS stood.
  package init(securing error: any Error) {
    self = TLSFault(error) ?? .failed((error as? IOError)?.description ?? "\(type(of: error))")
  }

  private init(_ error: BoringSSLError) {
    self =
      switch error.name {
      case _ where error.stack.first == .eofDuringHandshake: .closed
      case "CERTIFICATE_VERIFY_FAILED"?: .untrusted
      case let name: .failed(name ?? "\(error)")
      }
  }

  package var description: String {
    switch self {
    case .untrusted: "its certificate is not one that this machine trusts"
    case .wrongName: "its certificate is for another name"
    case .failed(let what): "TLS failed (\(what))"
    case .late: "no answer in time while setting up TLS"
    case .closed: "the connection was closed while setting up TLS"
    }
  }
}

extension BoringSSLError {
  /// The library's code for what came first, out of a text that also tells the line of the library that it comes from.
  var name: String? {
    stack.first.map { first in
      first.description.firstMatch(of: #/:([A-Z][A-Z0-9_]+) at /#).map { String($0.1) } ?? first.description
    }
  }

  fileprivate var stack: NIOBoringSSLErrorStack {
    switch self {
    case .sslError(let stack), .unknownError(let stack), .invalidSNIName(let stack), .failedToSetALPN(let stack): stack
    default: []
    }
  }
}
