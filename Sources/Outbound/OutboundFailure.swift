import NIOCore
import NIOPosix

/// Why there is no whole answer; the two differ in what the other side may have done.
package enum OutboundFailure: Error, Sendable, Equatable, CustomStringConvertible {
  /// No byte of the request left; where there was no connection, because of that.
  case notSent(String, because: ConnectionFailure? = nil)
  /// Bytes of the request left. `answerBegan` tells whether any of the answer came.
  case noAnswer(String, answerBegan: Bool = false)

  package var description: String {
    switch self {
    case .notSent(let reason, _), .noAnswer(let reason, _): reason
    }
  }
}

/// Why a connection does not stand.
package enum ConnectionFailure: Error, Sendable, Equatable, CustomStringConvertible {
  /// Nothing was dialled: the certificates that tell whom to believe cannot be loaded.
  case noRoots(String)
  /// The name has no address.
  case unresolved
  /// Whether the name has an address was not told in time.
  case slowName
  case refused
  case late
  /// Nothing was dialled: the address is none that everybody can reach, and no other may be reached.
  case notPublic
  /// What the system says.
  case broken(String)
  /// Connected, and TLS does not stand.
  case insecure(TLSFault)

  /// - Parameter error: what an attempt to connect ended with.
  package init(_ error: any Error) {
    switch error {
    case let failure as ConnectionFailure: self = failure
    case let error as NIOConnectionError:
      // There is one for each address that was tried; the one that tells the most counts.
      let failures = error.connectionErrors.map { ConnectionFailure($0.error) }
      self = failures.first { $0 == .refused } ?? failures.first { $0 != .late } ?? failures.first ?? .unresolved
    case ChannelError.connectTimeout: self = .late
    case let error as IOError where error.errnoCode == ECONNREFUSED: self = .refused
    case let error as IOError where error.errnoCode == ETIMEDOUT: self = .late
    case let error as IOError: self = .broken(error.description)
    default: self = .broken("\(type(of: error))")
    }
  }

  package var description: String {
    switch self {
    case .noRoots(let reason):
      "the certificates of this machine cannot be loaded (\(reason)); install the package ca-certificates"
    case .unresolved: "its name does not resolve"
    case .slowName: "its name does not resolve in time"
    case .refused: "nothing listens there"
    case .late: "no connection in time"
    case .notPublic: "its address is in a private network"
    case .broken(let reason): reason
    case .insecure(let fault): fault.description
    }
  }
}
