import ArgumentParser
import Foundation
import Keeper
import Operator
import Store

struct RestoreCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "restore", abstract: "Put a backup in the place of the keeper's data; the server must be stopped.",
    discussion: """
      What a backup holds may be older than what the provider has given out since, so nothing of it is refreshed until you
      say so: evergrant check NAME asks the provider, evergrant trust NAME takes your word. The data that is replaced
      stays beside it under a dated name, and newer tokens in it are offered. Connections and keys that are newer than the
      backup are kept; what was disconnected or revoked since stays so.
      """.flowing)

  @OptionGroup var data: DataOptions
  @OptionGroup var output: OutputOptions
  @Argument(help: "The backup.") var file: String

  func run() async throws {
    let folder = try data.folder
    let ring = try folder.keyRing(creating: false)
    let restore = Restore(
      folder: folder, ring: ring, providers: try ProviderCatalogue(of: folder), clock: .system, random: .system,
      marks: StoreMarks(
        witness: folder.witness(), surroundings: .of(folder),
        logger: .standardError(.warning)))
    let restoration = try await restore.run(URL(fileURLWithPath: file).path)
    try output.show(restoration) { restoration.readable }
  }
}

extension Restoration {
  fileprivate var readable: String {
    var lines = ["The backup is in place."]
    if let aside { lines.append("What it replaced is in \(aside).") }
    if quarantined.isEmpty {
      lines.append("It has no connection that would be refreshed with an old token.")
    } else {
      lines.append("Not refreshed until you say so: \(quarantined.joined(separator: ", ")).")
      lines.append(
        "  evergrant serve, and after ten minutes it asks the provider by itself; or then: evergrant check NAME")
      lines.append("  evergrant trust NAME, if you know that nothing was refreshed since the backup was made")
    }
    if !offered.isEmpty {
      lines.append("The replaced data has newer tokens, which are offered: \(offered.joined(separator: ", ")).")
      lines.append("  evergrant trust NAME --offered takes them")
    }
    if !kept.isEmpty {
      lines.append("Newer than the backup, and kept as before: \(kept.joined(separator: ", ")).")
    }
    if !missing.isEmpty {
      lines.append(
        "Not kept, since the backup has another app under the name of theirs: \(missing.joined(separator: ", ")).")
      lines.append("  Connect anew, with evergrant connect.")
    }
    if !disconnected.isEmpty {
      lines.append("Disconnected since the backup, and still so: \(disconnected.joined(separator: ", ")).")
    }
    if !keptKeys.isEmpty {
      lines.append("Keys newer than the backup work as before: \(keptKeys.joined(separator: ", ")).")
    }
    if !revokedKeys.isEmpty {
      lines.append("Keys revoked since the backup stay revoked: \(revokedKeys.joined(separator: ", ")).")
    }
    if let unread {
      lines.append("Nothing of the replaced data could be read (\(unread)): newer tokens in it are not offered,")
      lines.append("  and keys revoked since the backup may be good again. Look at them with: evergrant key list")
    }
    lines += unopened.map { "\($0.words) does not open: the key that sealed it is not in the key file." }
    return lines.joined(separator: "\n")
  }
}
