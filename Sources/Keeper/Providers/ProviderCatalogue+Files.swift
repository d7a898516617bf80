import Foundation
import Store
import Wire
import Yams

extension ProviderCatalogue {
  /// The built-in entries and the operator's own, which are in a data folder.
  ///
  /// - Throws: as ``adding(filesOf:)`` does.
  package init(of folder: DataFolder) throws {
    self = try .builtIn().adding(filesOf: folder.file("providers"))
  }

  /// These entries and an operator's own: each `*.yaml` file of a folder is one, in the form of the built-in ones. An entry
  /// with the name of one that is here takes its place.
  ///
  /// - Throws: ``KeeperError/refused(_:)``, which names the file and what is wrong with it.
  package func adding(filesOf folder: String) throws -> ProviderCatalogue {
    let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).filter { $0.hasSuffix(".yaml") }
    return ProviderCatalogue(
      entries.values + (try names.sorted().map { try Self.entry(at: folder + "/" + $0) }))
  }

  private static func entry(at path: String) throws -> Provider {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw KeeperError.refused("The provider file \(path) cannot be read.")
    }
    do {
      let provider = try YAMLDecoder().decode(Provider.self, from: data)
      let known = Set(Provider.CodingKeys.allCases.map(\.rawValue))
      let members = try Yams.load(yaml: String(decoding: data, as: UTF8.self)) as? [String: Any] ?? [:]
      if let unknown = members.keys.filter({ !known.contains($0) }).min() {
        throw KeeperError.refused("The provider file \(path) has \(unknown), which no entry has: see how it is spelt.")
      }
      for (name, field) in [("key_header", provider.keyHeader), ("tenant_header", provider.tenantHeader)] {
        guard field.map(HeaderField.isName(_:)) ?? true else {
          throw KeeperError.refused("The provider file \(path) has a \(name) that is no name of a header field.")
        }
      }
      return provider
    } catch let error as DecodingError {
      throw KeeperError.refused("The provider file \(path) is not an entry: \(words(error)).")
    }
  }

  private static func words(_ error: DecodingError) -> String {
    switch error {
    case .keyNotFound(let key, _): "\(key.stringValue) is missing"
    case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
      context.codingPath.isEmpty
        ? "it is no list of names and values"
        : "\(context.codingPath.map(\.stringValue).joined(separator: ".")) has a value that cannot be used"
    @unknown default: "it cannot be read"
    }
  }
}
