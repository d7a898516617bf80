import Foundation
import TestKit
import Testing

/// The tour leads through files that are there, to things that are in them.
@Suite("The tour")
struct TourTests {
  @Test("docs/tour.md has fifteen stops, and each shows what is in its file")
  func stops() throws {
    let text = try String(contentsOfFile: Project.file("docs/tour.md"), encoding: .utf8)
    let stops = text.split(separator: "\n### ").dropFirst()
    #expect(stops.count == 15)
    for (number, stop) in stops.enumerated() {
      let heading = try #require(stop.prefixMatch(of: /(\d+)\. \[([^\]]+)\]\(\.\.\/([^)]+)\)/), "\(stop.prefix(60))")
      #expect(heading.1 == "\(number + 1)")
      #expect(heading.2 == heading.3)
      let file = try String(contentsOfFile: Project.file(String(heading.2)), encoding: .utf8)
      let see = try #require(stop.firstMatch(of: /\nSee ([^:]+):/), "\(heading.2) shows nothing")
      let names = see.1.matches(of: /`([A-Za-z]+)[^`]*`/).map { String($0.1) }
      #expect(!names.isEmpty)
      for name in names {
        #expect(try Regex("\\b\(name)\\b").firstMatch(in: file) != nil, "\(name) is not in \(heading.2)")
      }
    }
  }

  @Test("every file that docs/architecture.md and docs/tour.md name in code is there")
  func files() throws {
    for page in ["architecture", "tour"] {
      let text = try String(contentsOfFile: Project.file("docs/\(page).md"), encoding: .utf8)
      let paths = text.matches(of: /`([A-Za-z]+\/[A-Za-z0-9\/+_.]+\.(?:swift|txt|yaml))`/).map { String($0.1) }
      #expect(page == "tour" || paths.count > 10)
      for path in paths {
        let places = [path, "Sources/\(path)"].map(Project.file)
        #expect(places.contains { FileManager.default.fileExists(atPath: $0) }, "docs/\(page).md names \(path)")
      }
    }
  }

  @Test("every Type.member that docs/architecture.md and docs/tour.md name is a member of that type")
  func members() throws {
    let blocks = try FileManager.default.subpathsOfDirectory(atPath: Project.file("Sources"))
      .filter { $0.hasSuffix(".swift") }
      .flatMap { Self.blocks(of: try String(contentsOfFile: Project.file("Sources/\($0)"), encoding: .utf8)) }
    for page in ["architecture", "tour"] {
      let text = try String(contentsOfFile: Project.file("docs/\(page).md"), encoding: .utf8)
      let names = text.matches(of: /\b([A-Z][A-Za-z]+)\.([a-z][A-Za-z]*)\b/).map { (String($0.1), String($0.2)) }
        .filter { !["swift", "md", "json", "yaml", "txt"].contains($0.1) }
      #expect(page == "tour" || names.count > 10)
      for (type, member) in names {
        let head = try Regex("\\b(class|struct|enum|actor|protocol|extension) \(type)\\b")
        let declaration = try Regex("\\b(func|var|let|case) \(member)\\b")
        let ofType = blocks.filter { $0[0].contains(type) && $0[0].contains(head) }
        let isThere = ofType.joined().contains { $0.contains(declaration) }
        #expect(isThere, "docs/\(page).md names \(type).\(member)")
      }
    }
  }

  /// The declarations at the left edge of a source, each the lines up to the next one.
  private static func blocks(of source: String) -> [[Substring]] {
    var blocks: [[Substring]] = []
    for line in source.split(separator: "\n") {
      if line.first?.isLetter == true {
        blocks.append([line])
      } else if !blocks.isEmpty {
        blocks[blocks.count - 1].append(line)
      }
    }
    return blocks
  }
}
