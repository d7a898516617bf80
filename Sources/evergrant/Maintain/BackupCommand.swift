import ArgumentParser
import Foundation
import Keeper
import Store
import Wire

struct BackupCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "backup", abstract: "Copy the keeper's data into one file, beside a running server.",
    discussion: """
      The copy is of one moment, and its owner's alone. It holds no key: keep the key file elsewhere, and keep it with the
      backup in mind, since nothing in the backup opens without it.
      """.flowing)

  @OptionGroup var data: DataOptions
  @OptionGroup var output: OutputOptions
  @Argument(help: "The file to write.", completion: .file()) var file: String
  @Flag(help: "Replace the file if it is there.") var replace = false

  private struct Answer: Encodable {
    var file: String
    var madeAt: Int64
    var key: UInt32
  }

  func run() async throws {
    let folder = try data.folder
    let path = URL(fileURLWithPath: file).path
    let record = try await folder.backUpKeeper(
      to: path, ring: try folder.keyRing(creating: false), replacing: replace, clock: .system)
    try output.show(Answer(file: path, madeAt: record.at.milliseconds, key: record.key)) {
      "The backup is in \(path). It holds no key: it opens with \(folder.keyPath) alone, so keep a copy of that in "
        + "another place."
    }
  }
}
