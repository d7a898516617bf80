extension Keeper {
  /// Fingerprint of the refresh token that memory holds for a connection: for a watcher who must know what a restored backup
  /// has lost.
  package func remembers(_ connection: String) -> [UInt8]? { snapshot[connection]?.newest?.refresh?.token.fingerprint }
}
