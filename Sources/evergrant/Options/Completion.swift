import ArgumentParser
import Foundation
import Keeper
import Operator
import Wire

/// What a shell offers for a word that is being typed: silent where there is no data.
extension CompletionKind {
  static var connections: CompletionKind { stored(.connections) }
  static var keys: CompletionKind { stored(.keys) }
  static var clients: CompletionKind { stored(.clients) }
  static var channels: CompletionKind { stored(.channels) }
  static var providers: CompletionKind { .list(((try? ProviderCatalogue.builtIn())?.entries.keys.sorted()) ?? []) }

  private static func stored(_ names: StoredNames) -> CompletionKind {
    .custom { words, _, _ in await names.all(namedIn: words) }
  }
}

extension StoredNames {
  /// In the data folder that a command line is about.
  func all(namedIn arguments: [String]) async -> [String] {
    func value(_ flag: String) -> String? {
      for (index, word) in arguments.enumerated() {
        if word.hasPrefix(flag + "=") { return String(word.dropFirst(flag.count + 1)) }
        if word == flag, index + 1 < arguments.count { return arguments[index + 1] }
      }
      return nil
    }
    var options = DataOptions()
    options.path = value("--" + Settings.table.data.flagName)
    options.keyPath = value("--" + Settings.table.masterKey.flagName)
    guard let folder = try? options.folderAsItIs else { return [] }
    return await all(in: folder)
  }
}

extension KeeperError {
  /// What may have been meant instead of a name that is not stored.
  func meant(in arguments: [String]) async -> String? {
    let (name, stored): (String, StoredNames)
    switch self {
    case .noSuchConnection(let word): (name, stored) = (word, .connections)
    case .noSuchKey(let word): (name, stored) = (word, .keys)
    case .noSuchClient(let word): (name, stored) = (word, .clients)
    case .noSuchChannel(let word): (name, stored) = (word, .channels)
    case .noSuchProvider(let word):
      return Likeness.nearest(to: word, among: (try? ProviderCatalogue.builtIn())?.entries.keys.sorted() ?? [])
    default: return nil
    }
    return Likeness.nearest(to: name, among: await stored.all(namedIn: arguments))
  }
}
