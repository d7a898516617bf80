import Crypto
import OAuth
import Synchronization
import Wire

/// A request that may be sent again without being carried out again: it names itself by `Idempotency-Key` (law P45).
package struct RepeatableRequest: Sendable {
  let key: String
  /// The SHA-256 of all that it asks: the same key with anything else is another request's.
  let digest: [UInt8]

  package static let longestKey = 255

  /// - Parameters:
  ///   - target: method, path and query.
  ///   - body: byte for byte.
  /// - Returns: nil for a key that is empty, too long or not of visible ASCII characters.
  package init?(key: String, target: String, body: [UInt8]) {
    guard !key.isEmpty, key.utf8.count <= Self.longestKey, key.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
      return nil
    }
    self.key = key
    var hash = SHA256()
    hash.update(data: Array("\(target.utf8.count):\(target)".utf8))
    hash.update(data: body)
    digest = Array(hash.finalize())
  }
}

/// An answer as it was given, to be given again.
package struct KeptAnswer: Sendable, Equatable {
  package var status: Int
  package var body: [UInt8]
  /// Whether the request was carried out before and not now.
  package var isRepeat = false

  package init(status: Int, body: [UInt8]) {
    self.status = status
    self.body = body
  }

  /// Only what wrote something is remembered: whoever repeats a request that was refused is answered anew.
  var isKept: Bool { (200..<300).contains(status) }
}

/// The requests that are being carried out now. The record of one is written with what it writes, so that until then no other
/// place knows of it.
final class RequestsUnderWay: Sendable {
  private struct Name: Hashable {
    var grant: GrantID
    var key: String
  }

  private let digests = Mutex<[Name: [UInt8]]>([:])

  /// - Throws: ``ContactFault/keyInUse`` while the request is carried out, ``ContactFault/keyTaken`` while another is that has
  ///   its key.
  func enter(_ request: RepeatableRequest, of grant: GrantID) throws(ContactFault) {
    let other = digests.withLock { digests -> [UInt8]? in
      let name = Name(grant: grant, key: request.key)
      if let other = digests[name] { return other }
      digests[name] = request.digest
      return nil
    }
    if let other { throw other == request.digest ? .keyInUse : .keyTaken }
  }

  func leave(_ request: RepeatableRequest, of grant: GrantID) {
    digests.withLock { $0[Name(grant: grant, key: request.key)] = nil }
  }
}
