import Foundation

/// What Tools/mutants/run --self-test makes mutants of; no part of the program.
struct Shelf {
  static let most = 64
  struct Item {
    var name: String
    var size: Int
    var isOld: Bool { size >= Shelf.most }
  }

  var kept: [Item] = []
  var total = 0
  let descriptor: Int32

  mutating func take(_ count: Int, isForced: Bool, epoch: Int64, generation: Int64) -> String? {
    guard count > 0, let first = kept.first else { return nil }
    if first.isOld && !isForced {
      note(epoch, generation)
      return nil
    }
    total += first.size
    sync(first)
    forget(first)
    return first.name
  }

  private mutating func forget(_ item: Item) {
    kept.removeAll { $0.name == item.name }
    execute(
      """
      UPDATE rows SET holder = $3, spare = NULL, version = version + 1
      WHERE name = $1 AND (until < $2 OR until IS NULL)
      """, item.name)
  }

  private func wait(_ turns: Int = 2) -> Bool {
    guard fdatasync(descriptor) == 0 else { return false }
    return turns < Self.most
  }

  func isHeld(_ lease: (from: Int, until: Int), now: Int) -> Bool {
    lease.until > now
  }

  private func sync(_ item: Item) { fdatasync(descriptor) }
  private func note(_ epoch: Int64, _ generation: Int64) {}
  private func execute(_ sql: String, _ name: String) {}
}
