import ArgumentParser
import Foundation
import Keeper
import Logging
import Operator
import Store

/// Where a server's data is; commands work on it beside the running server.
struct DataOptions: ParsableArguments {
  @Option(\.data, completion: .directory) var path: String?
  @Option(\.masterKey, completion: .file()) var keyPath: String?

  var folder: DataFolder { get throws { try open { try DataFolder(path: $0, keyPath: $1) } } }

  /// The folder to be looked at: nothing is made in it.
  var folderAsItIs: DataFolder { get throws { try open { DataFolder(lookingAt: $0, keyPath: $1) } } }

  /// The folder for looking at what is in it: one that is named must be there.
  var folderThatIs: DataFolder {
    get throws {
      let folder = try folderAsItIs
      let isNamed = try Settings()(\.data, flag: path) != nil
      guard !isNamed || FolderSight(folder.path) != .missing else {
        throw Denied(
          "There is no data at \(folder.path). Name the data folder with --data, or make one: evergrant setup")
      }
      return try self.folder
    }
  }

  private func open(_ make: (_ path: String, _ keyPath: String?) throws -> DataFolder) throws -> DataFolder {
    let settings = try Settings()
    let environment = ProcessInfo.processInfo.environment
    let usual = (environment["XDG_DATA_HOME"] ?? (environment["HOME"] ?? ".") + "/.local/share") + "/evergrant"
    let folder = try settings(\.data, flag: path) ?? usual
    try DataOwner.become(of: folder)
    return try make(folder, settings(\.masterKey, flag: keyPath, notBelow: \.data, flag: path))
  }

  /// The keeper of the folder, for a command that flies or looks into its memory.
  func keeper(logger: Logger = .standardError(.warning)) async throws -> Keeper {
    try await folder.keeper(logger: logger)
  }

  /// The desk of that keeper, for a command that asks nothing else of it.
  func desk() async throws -> Desk { try await folder.desk() }
}
