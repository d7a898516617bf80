import Wire

/// Asks an origin whether it is there, with one harmless request that carries no credential and is no token request.
package protocol OriginProbe: Sendable {
  func look(at origin: Origin) async -> OriginSight
}

/// How far the probe came on the way to an origin.
package enum OriginSight: Sendable, Equatable {
  /// Its name has no address.
  case unresolved
  case unreachable(String)
  /// TLS does not come about: its certificate is not one for its name that this machine trusts, or something else is there.
  case insecure(String)
  /// Connected, and no answer came.
  case silent(String)
  /// - Parameters:
  ///   - date: its clock, where it tells.
  ///   - certificateEnds: nil for plain http.
  case answered(date: Timestamp?, certificateEnds: Timestamp?)
}
