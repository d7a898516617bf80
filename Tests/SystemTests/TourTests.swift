import Foundation
import TestKit
import Testing

/// The tour leads through files that are there, to things that are in them.
@Suite("The tour")
struct TourTests {
  @Test("docs/tour.md has twelve stops, and each shows what is in its file")
  func stops() throws {
    let text = try String(contentsOfFile: Project.file("docs/tour.md"), encoding: .utf8)
    let stops = text.split(separator: "\n### ").dropFirst()
    #expect(stops.count == 12)
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
}
