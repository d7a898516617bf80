import ArgumentParser
import Wire

/// The commands by name, as a command line has them before its first option.
enum CommandNames {
  /// A word that stands in the place of a command and is none.
  struct Unknown: Error, CustomStringConvertible {
    var word: String
    /// The commands before it.
    var path: [String]
    var meant: String?

    var description: String {
      "There is no command '\((path.dropFirst() + [word]).joined(separator: " "))'."
        + (meant.map { " Did you mean '\((path.dropFirst() + [$0]).joined(separator: " "))'?" } ?? "")
    }

    var usage: String {
      "Usage: \(path.joined(separator: " ")) <subcommand>\n  See '\(path.joined(separator: " ")) --help' for more information."
    }
  }

  /// - Throws: ``Unknown``. The parser would blame an option behind the word, or show the help of the command before it.
  static func check(_ arguments: [String]) throws(Unknown) {
    var command: any ParsableCommand.Type = Evergrant.self
    var path = [command._commandName]
    for word in arguments.first == "help" ? arguments.dropFirst() : arguments[...] {
      let known = command.configuration.subcommands
      guard !known.isEmpty, !word.hasPrefix("-") else { return }
      guard let next = known.first(where: { $0._commandName == word }) else {
        throw Unknown(
          word: word, path: path, meant: Likeness.nearest(to: word, among: known.map { $0._commandName }))
      }
      command = next
      path.append(word)
    }
  }
}
