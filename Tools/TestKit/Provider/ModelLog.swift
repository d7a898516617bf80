import Wire

/// What a ``ModelProvider`` did with one request.
package struct ModelLogEntry: Sendable, Equatable {
  package enum Outcome: Sendable, Equatable {
    /// An approval's code was redeemed.
    case redeemed
    /// A refresh that replaced the refresh token.
    case rotated
    /// A refresh that kept the refresh token.
    case renewed
    /// The token just replaced was presented again, and got the successor that it had.
    case repeated
    case refused(ModelFault)
    /// A token that was replaced long ago was presented again: refused, and the grant ended with it.
    case revokedFamily
  }

  /// Counts from 1; also the name of the request in ``ModelProvider/answer(_:at:)``.
  package var sequence: Int
  /// When it was committed.
  package var at: Timestamp
  /// When its answer left, if it did.
  package var answeredAt: Timestamp?
  /// The grant that the presented token belongs to, where it belongs to one.
  package var grant: String?
  /// Of the refresh token that was presented.
  package var presented: Int?
  /// Of the refresh token that is the newest of the grant from then on.
  package var issued: Int?
  package var outcome: Outcome
  /// How the client proved itself, where it did.
  package var authentication: ModelBehaviour.Authentication?
}
