import ArgumentParser
import Foundation
import Issuer
import Operator
import Store

struct RekeyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rekey", abstract: "Seal everything anew with a new key, beside running servers.",
    discussion: """
      Adds a key to the key file, seals every stored secret with it, and drops the old key once nothing names it. It may be
      broken off at any point: run it again. Grants of an issuer in the same folder keep the key they were made under, so
      that key stays until the last of them has ended.

      A backup opens with the key that it was made with. With --old-key FILE the dropped key is written there first;
      without it, make a new backup afterwards, for the old ones open no more.
      """.flowing)

  @OptionGroup var data: DataOptions
  @OptionGroup var output: OutputOptions
  @Flag(help: "Add no key; only end what was begun, and drop what is no longer named.") var finish = false
  @Option(
    help: "Write the dropped key to this new file, readable by you alone, for older backups.", completion: .file())
  var oldKey: String?

  func run() async throws {
    let folder = try data.folder
    _ = try folder.keyRing(creating: false)
    let desk = try await folder.desk()
    var others: [any KeyUser] = []
    if folder.databases.contains(Issuer.databaseName) {
      others.append(IssuerKeys(issuer: try await Issuer.open(folder, .command, logger: .standardError(.warning))))
    }
    let report = try await desk.rekey(
      finishing: finish, others: others,
      keep: { [oldKey] lines in if let oldKey { try DataFolder.writePrivately(lines.exposed, to: oldKey) } },
      progress: { progress in
        if progress.done.isMultiple(of: 100) || progress.done == progress.total {
          say("Sealed anew: \(progress.done) of \(progress.total) rows.")
        }
      })
    try output.show(report) { report.readable }
  }
}

/// The issuer's part in the key ring, which the keeper knows nothing of.
struct IssuerKeys: KeyUser {
  var issuer: Issuer
  func renewKeys() async throws -> Int { try await issuer.renewKeys() }
  func uses(of key: UInt32) async throws -> [String] { try await issuer.uses(ofKey: key) }
}

extension RekeyReport {
  fileprivate var readable: String {
    var lines = ["Key \(key) seals from now on; values sealed anew: \(renewed)."]
    for key in dropped { lines.append("Key \(key) is dropped: backups that were made under it need your copy of it.") }
    for kept in kept {
      lines.append("Key \(kept.key) stays, because of")
      lines += kept.reasons.map { "  \($0)" }
    }
    if !kept.isEmpty { lines.append("When that has ended, drop it with: evergrant rekey --finish") }
    lines += unopened.map { "\($0.words) does not open with the key file; see: evergrant doctor" }
    if !dropped.isEmpty { lines.append("Make a new backup now: evergrant backup FILE") }
    return lines.joined(separator: "\n")
  }
}
