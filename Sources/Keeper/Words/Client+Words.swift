extension Client {
  /// The command that gives a connection a new approval, or a new key.
  package func renewal(of connection: String) -> String { Self.renewal(of: connection, isForKeys: isForKeys) }

  static func renewal(of connection: String, isForKeys: Bool) -> String {
    isForKeys ? "evergrant connect \(connection) --static-key -" : "evergrant reconnect \(connection)"
  }

  /// What to do about a client that is stopped.
  package var remedy: String { Self.remedy(of: name, at: provider) }

  static func remedy(of name: String, at provider: Provider) -> String {
    let again = "evergrant client add \(name) --replace --provider"
    return provider.isUnknown
      ? "Put the file \(provider.name).yaml back in the folder providers of the data folder and start evergrant again, or "
        + "name another entry: \(again) …"
      : "Set the app's credentials anew: \(again) \(provider.name) --client-id …"
  }
}

extension CachedClient {
  /// What to do about it where it is stopped.
  var remedy: String { Client.remedy(of: name, at: provider) }
}
