import Crypto
import Foundation
import Wire

/// What is known of a store outside its folder: a snapshot that brings the folder back whole, with its witness, does not bring
/// this back (K28).
package struct Surroundings: Sendable {
  /// Where marks are kept; nil where there is no such place.
  package var marks: (any OuterMarks)?
  /// This machine, by a name that no other has; nil where it has none that lasts.
  package var machine: String?

  package init(marks: (any OuterMarks)?, machine: String?) {
    self.marks = marks
    self.machine = machine
  }

  package static let unknown = Surroundings(marks: nil, machine: nil)

  /// What this machine knows of a data folder.
  package static func of(_ folder: DataFolder) -> Surroundings {
    let environment = ProcessInfo.processInfo.environment
    return Surroundings(
      marks: MarkFolder.usual(for: folder.path, environment: environment).map(MarkFolder.init(path:)),
      machine: MachineIdentity.current(environment: environment))
  }
}

/// The counts of landings of the stores of one machine, beside the witness that each has in its folder.
package protocol OuterMarks: Sendable {
  /// Nil where none is kept, or what is kept cannot be read.
  func mark(of store: String) -> WitnessMark?
  /// Raises a count, never lowers it.
  func raise(to mark: WitnessMark) async throws
}

/// Marks as files, one for each store. They are not synced: one that a power cut has set back is behind the witness, and the
/// higher of the two is believed.
package struct MarkFolder: OuterMarks {
  private let path: String

  package init(path: String) { self.path = path }

  /// Where the marks of a data folder usually are: in a place that a copy of the folder does not include.
  ///
  /// - Returns: nil where that would be in the folder itself.
  package static func usual(for data: String, environment: [String: String]) -> String? {
    let data = URL(fileURLWithPath: data).standardizedFileURL.path, services = "/var/lib/"
    if data.hasPrefix(services) { return "/var/cache/" + data.dropFirst(services.count) }
    guard let cache = environment["XDG_CACHE_HOME"] ?? environment["HOME"].map({ $0 + "/.cache" }) else { return nil }
    let usual = URL(fileURLWithPath: cache).standardizedFileURL.path + "/evergrant"
    return (usual + "/").hasPrefix(data + "/") ? nil : usual
  }

  package func mark(of store: String) -> WitnessMark? {
    guard let file = file(of: store), case .mark(let mark)? = try? file.read(), mark.store == store else { return nil }
    return mark
  }

  package func raise(to mark: WitnessMark) async throws {
    guard let file = file(of: mark.store) else { return }
    try DataFolder.make(path)
    try await file.raise(to: mark)
  }

  private func file(of store: String) -> WitnessFile? {
    // A store's name is hexadecimal; anything else could lead out of the folder.
    guard !store.isEmpty, [UInt8](hex: store) != nil else { return nil }
    return WitnessFile(path: path + "/\(store).mark", isSynced: false)
  }
}

/// What tells machines apart.
package enum MachineIdentity {
  /// The machine's name for as long as its system stays installed. It is hashed, since the name itself must not be shown.
  ///
  /// - Returns: nil where there is none, and in a container, since the next container may have another name.
  package static func current(
    idAt path: String = "/etc/machine-id", containerMarks: [String] = ["/.dockerenv", "/run/.containerenv"],
    environment: [String: String]
  ) -> String? {
    let isContainer =
      environment["KUBERNETES_SERVICE_HOST"] != nil
      || containerMarks.contains { FileManager.default.fileExists(atPath: $0) }
    guard !isContainer, let text = try? String(contentsOfFile: path, encoding: .utf8) else { return nil }
    let id = text.trimmingCharacters(in: .whitespacesAndNewlines)
    guard [UInt8](hex: id)?.count == 16 else { return nil }
    return Array(SHA256.hash(data: Array("evergrant \(id)".utf8)).prefix(16)).hex
  }
}
