import Foundation

/// The programs that some programs have started, and those that they have; what else runs on this machine is nobody's business.
enum Descendants {
  static func of(_ ancestors: [Int32]) -> [Int32] {
    let pids = (try? FileManager.default.contentsOfDirectory(atPath: "/proc"))?.compactMap { Int32($0) } ?? []
    let children = Dictionary(grouping: pids) { parent(of: $0) }
    var found: [Int32] = [], open = ancestors
    while let next = open.popLast() {
      let own = children[next] ?? []
      found += own
      open += own
    }
    return found
  }

  private static func parent(of pid: Int32) -> Int32? {
    // The second field is a name, which may hold anything.
    (try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8))?.split(separator: ")").last?
      .split(separator: " ").dropFirst().first.flatMap { Int32($0) }
  }
}
