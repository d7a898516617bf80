import Foundation
import TestKit
import Testing

@testable import Keeper

@Suite("An operator's own provider files")
struct ProviderFilesTests {
  private static func entry(_ name: String) throws -> String {
    let known = try String(
      contentsOfFile: #filePath.components(separatedBy: "/Tests/")[0]
        + "/Sources/Keeper/Providers/Entries/evergrant.yaml",
      encoding: .utf8)
    return known.replacing("name: evergrant", with: "name: \(name)")
  }

  private func catalogue(_ files: [String: String]) throws -> ProviderCatalogue {
    let folder = try TemporaryFolder()
    for (name, text) in files { try text.write(toFile: folder.file(name), atomically: true, encoding: .utf8) }
    return try ProviderCatalogue.builtIn().adding(filesOf: folder.path)
  }

  @Test("without the folder there are the built-in entries")
  func none() throws {
    let builtIn = try ProviderCatalogue.builtIn()
    #expect(try builtIn.adding(filesOf: "/nowhere/at/all").entries == builtIn.entries)
  }

  @Test("a file adds an entry, and one with a known name takes its place")
  func added() throws {
    let ours = try Self.entry("ours")
    let theirs = try Self.entry("evergrant").replacing("tolerates_retry: true", with: "tolerates_retry: false")
    let catalogue = try catalogue(["ours.yaml": ours, "other.yaml": theirs, "notes.txt": "no entry"])
    #expect(catalogue.entries["ours"]?.toleratesRetry == true)
    #expect(catalogue.entries["evergrant"]?.toleratesRetry == false)
    #expect(try catalogue.entries.count == ProviderCatalogue.builtIn().entries.count + 1)
  }

  @Test(
    "a file that is no entry is refused by name, with what is wrong",
    arguments: [
      ("rotates: true", "", "rotates is missing"), ("pkce: true", "pkce: perhaps", "pkce has a value"),
      ("pkce: true", "pkce: true\nuserinof: /me", "userinof"), ("pkce: true", "pkce: [", "no list of names and values"),
      ("pkce: true", "pkce: true\nkey_header: \"X-Key: \"", "key_header that is no name of a header field"),
    ])
  func refused(find: String, put: String, says: String) throws {
    let text = try Self.entry("ours").replacing(find, with: put)
    let error = #expect(throws: KeeperError.self) { try catalogue(["broken.yaml": text]) }
    let words = error?.description ?? ""
    #expect(words.contains("broken.yaml") && words.contains(says), "\(words)")
  }
}
