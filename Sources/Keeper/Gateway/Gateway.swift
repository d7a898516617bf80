import OAuth
import Wire

/// What the data plane asks of the keeper: answers from memory, except for a token that must first be refreshed.
package protocol Gateway: Sendable {
  /// The key that a job presented, if it is one of ours, not revoked and not over.
  func key(presented: Secret) -> APIKey?

  /// What a call of a connection goes on with, or nil if there is no such connection, or it lets no call through.
  func passage(to connection: String) -> Passage?

  /// Why a connection that a key is for has no route.
  func absence(of connection: String) -> TokenUnavailable

  /// Waits for a token that can be used.
  ///
  /// - Parameters:
  ///   - rejected: the token that the provider has just answered with a token fault (K23): the answer is a newer one, or a
  ///     failure where no refresh is justified. Callers that saw the same generation share one refresh.
  ///   - answer: called once, on any thread.
  func token(
    for connection: String, replacing rejected: AccessToken?,
    answer: @escaping @Sendable (Result<AccessToken, TokenUnavailable>) -> Void)

  /// Takes note of a call that has ended.
  func record(_ call: CallRecord)
}

extension Gateway {
  package func absence(of connection: String) -> TokenUnavailable { .noSuchConnection }
}

/// Where a call goes and with which token, read at one moment, so that a token never reaches another API than its own.
package struct Passage: Sendable {
  package var route: Route
  /// The approval that calls are made under. The next approval, which may be another tenant's, has a higher epoch, and a call
  /// that has waited goes on only under the same one (K22).
  package var epoch: Int64
  /// A token that lives long enough to be used now; nil where one must be waited for.
  package var token: AccessToken?
  /// Tells the accounts at one origin apart, in this process: connections of one tenant have the same, and one whose tenant
  /// nobody told has its own.
  package var account: Int

  package init(route: Route, epoch: Int64, token: AccessToken?, account: Int) {
    self.route = route
    self.epoch = epoch
    self.token = token
    self.account = account
  }
}

/// An access token from the keeper's memory.
package struct AccessToken: Sendable, Equatable {
  package var secret: Secret
  /// Rises with each token that the connection gets, by a refresh or by an approval.
  package var generation: Int64
  package var epoch: Int64
  /// When the request for it was sent; its lifetime counts from here (K17).
  package var from: Timestamp
  package var until: Timestamp

  package init(secret: Secret, generation: Int64, epoch: Int64, from: Timestamp, until: Timestamp) {
    self.secret = secret
    self.generation = generation
    self.epoch = epoch
    self.from = from
    self.until = until
  }

  /// Tells it from the other tokens of its connection.
  package struct Version: Sendable, Comparable {
    package var epoch: Int64
    package var generation: Int64

    package static func < (older: Version, newer: Version) -> Bool {
      (older.epoch, older.generation) < (newer.epoch, newer.generation)
    }
  }

  package var version: Version { Version(epoch: epoch, generation: generation) }
}

/// Why there is no token, and so what the caller can do.
package enum TokenUnavailable: Error, Sendable, Equatable {
  /// A person must approve again; the sentence says what happened and what to do.
  case needsApproval(String)
  /// The operator lets no call through; the sentence says since when.
  case paused(String)
  /// The provider or the store cannot be used at present.
  case temporarily(String, retryAfter: Int)
  /// The token that was rejected is the newest, and too young to be the trouble or one that nobody can renew: pass the
  /// provider's answer on.
  case notStale
  case noSuchConnection
}

/// The upstream of a connection: fixed by the operator, never by a job (K22).
package struct Route: Sendable, Equatable {
  package var origin: Origin
  /// The bodies that make a 401 a token fault rather than something else (K23).
  package var tokenFaults: [String]
  /// Whether a 401 comes before any processing, so that a repeat of a write is safe.
  package var unauthorizedPrecedesProcessing: Bool
  /// What each call must carry to be about the connection's own tenant, where its token reaches more of them.
  package var tenantField: HeaderField?
  /// The field that the token goes into, where that is not `Authorization: Bearer`.
  package var keyHeader: String?

  package init(
    origin: Origin, tokenFaults: [String], unauthorizedPrecedesProcessing: Bool, tenantField: HeaderField? = nil,
    keyHeader: String? = nil
  ) {
    self.origin = origin
    self.tokenFaults = tokenFaults
    self.unauthorizedPrecedesProcessing = unauthorizedPrecedesProcessing
    self.tenantField = tenantField
    self.keyHeader = keyHeader
  }

  /// Whether a 401 with this body says that the access token is the trouble.
  package func isTokenFault(status: Int, body: some Sequence<UInt8>) -> Bool {
    guard status == 401 else { return false }
    let text = String(decoding: Array(body), as: UTF8.self)
    return tokenFaults.contains { text.contains($0) }
  }
}

/// One call through the keeper, when it has ended.
package struct CallRecord: Sendable, Equatable {
  package var key: String
  package var connection: String
  package var method: String
  package var path: String
  /// The token that the upstream was last asked with, or was about to be.
  package var token: AccessToken.Version?
  /// The status of the upstream's own answer; nil where none came or none was passed on.
  package var answer: Int?
  /// The status that the job got.
  package var status: Int
  package var at: Timestamp
  package var duration: Duration

  package init(
    key: String, connection: String, method: String, path: String, token: AccessToken.Version? = nil,
    answer: Int? = nil, status: Int, at: Timestamp, duration: Duration
  ) {
    self.key = key
    self.connection = connection
    self.method = method
    self.path = path
    self.token = token
    self.answer = answer
    self.status = status
    self.at = at
    self.duration = duration
  }
}
