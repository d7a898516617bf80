import Synchronization

/// Whether an API takes many contacts in one call, as our own issuer does and Keap does not: asked with the first row.
final class BatchOffer: Sendable {
  /// Rows in one call. They are one transaction there, for which others wait.
  static let most = 100
  /// Bytes that these rows have in the file, so that long ones take no more memory than short ones.
  static let mostBytes = 256 << 10
  /// In bytes: the keeper keeps no longer a call to send it once more when the token in it turns out to be over.
  static let longestBody = 60 << 10
  /// Calls at once. The issuer carries out one after another, and the next should be there when it is through.
  static let width = 4

  private enum Standing { case unknown, offered, missing }

  private let standing: Mutex<Standing>

  /// - Parameter isAsked: whether it is looked for at all.
  init(isAsked: Bool) { standing = Mutex(isAsked ? .unknown : .missing) }

  /// How many rows the next call may have; 0 where each row has calls of its own.
  var size: Int {
    switch standing.withLock(\.self) {
    case .unknown: 1
    case .offered: Self.most
    case .missing: 0
    }
  }

  var isKnown: Bool { standing.withLock { $0 != .unknown } }

  /// There is such a route, and the key allows it.
  func found() { standing.withLock { $0 = .offered } }

  /// Whoever does not know yet knows that there is none; an answer that fails later is about its own rows.
  func missed() { standing.withLock { if $0 == .unknown { $0 = .missing } } }
}
