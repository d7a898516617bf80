import Foundation
import TestKit
import Testing

@testable import Scan

/// Code that was made to stop a scan.
struct HostileTests {
  /// Text of about so many bytes, by what is repeated in it.
  private static let kinds: [(name: String, part: String)] = [
    ("dollars", "$"), ("brackets", "("), ("braces", "{$a["), ("strings in strings", "\"{$a->b(\""),
    ("heredocs", "<<<A\n"), ("calls in calls", "f(f($a->b("), ("arrows", "->a"), ("dots", "a.b."),
    ("names of methods", "<methodName>"), ("comments", "/*"), ("functions", "function a($b){"),
    ("classes", "class A extends B{"), ("hints", "/** @var A $b */"), ("assignments", "$a=$b="),
    ("tags", "?><?php "), ("quotes", "'ContactService.add',"), ("nested comments", "<!---"),
    ("texts", "<<~A "), ("backslashes", "\\a"), ("lists of methods", "[$a,'dsQuery'],"), ("choices", "$a=$b?:"),
    ("tables", "f('DataService.query',[$a,"), ("elements", "foreach($a as $b)$b[0]->save();"),
    ("results", "function a(){return $b?new iSDK:"), ("forms", "'<methodName>%s</methodName>',"),
    ("globals", "$GLOBALS['a']["), ("pairs", "'ContactService','add',"),
    ("patterns", "(/["), ("operators", "s{m/"), ("closed patterns", "(/a/"), ("fields", "$a->dsLoad(['Id',"),
    ("lists", "$a=['Id'];$b->loadCon(1,$a);"), ("proxies", "a.ContactService.load("),
  ]

  private func text(_ part: String, _ size: Int) -> [UInt8] {
    Array("<?php infusionsoft(); ".utf8) + Array(String(repeating: part, count: size / part.utf8.count).utf8)
  }

  /// Of CPU, so that it does not matter what else the machine does.
  private func time(_ bytes: [UInt8], _ language: Language) -> Duration {
    func used() -> Duration {
      var moment = timespec()
      clock_gettime(CLOCK_THREAD_CPUTIME_ID, &moment)
      return .seconds(moment.tv_sec) + .nanoseconds(moment.tv_nsec)
    }
    let before = used()
    _ = SourceContent.of(bytes, language, path: "a")
    return used() - before
  }

  @Test(
    "a hostile file is read in time that grows with its size",
    arguments: [Language.php, .ruby, .coldFusion, .python, .javaScript, .perl])
  func linear(language: Language) {
    for (name, part) in Self.kinds {
      let small = time(text(part, 1 << 10), language), large = time(text(part, 16 << 10), language)
      // Sixteen times the size; its square would be 256 times the time.
      #expect(large < max(small, .milliseconds(1)) * 90, "\(name) in \(language.rawValue): \(small), \(large)")
    }
  }

  @Test("a megabyte of dollars is read to its end")
  func dollars() {
    #expect(SourceContent.of(text("$", 1 << 20), .php, path: "a") == .calls(SourceCalls()))
  }

  @Test("no change of a file makes the scan trap", arguments: 1...10)
  func mutations(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    var tree = try SourceTree(path: Code.folder + "/calls")
    while case .source(let file, let bytes, let language)? = tree.next() {
      for _ in 0..<2 {
        var changed = bytes
        for _ in 0..<Int.random(in: 1...8, using: &random) where !changed.isEmpty {
          let place = Int.random(in: changed.indices, using: &random)
          switch Int.random(in: 0..<4, using: &random) {
          case 0: changed[place] = UInt8.random(in: 1...255, using: &random)
          case 1: changed.removeSubrange(place..<min(place + 40, changed.count))
          case 2: changed.insert(contentsOf: Array("\"'{}()[]$<?>*/\\".utf8.shuffled(using: &random)), at: place)
          default: changed = Array(changed[..<place])
          }
        }
        for language in [language, .php, .python] {
          guard case .calls(let calls) = SourceContent.of(changed, language, path: file) else { continue }
          let lines = changed.count { $0 == UInt8(ascii: "\n") } + 1
          #expect(calls.calls.allSatisfy { (1...lines).contains($0.line) }, "\(file)")
        }
      }
    }
  }
}
