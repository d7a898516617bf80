/// The people of a file so far, each with the line that it was first met on.
///
/// Of a person eight bytes are kept, not the name or address: a digest with a key that each process draws anew, so that
/// nobody can write a row that is taken for somebody else's. A place takes twelve bytes, the whole at most 24 MiB.
package struct SeenPeople: Sendable {
  /// How many people are remembered; anybody beyond those always counts as new.
  package static let most = 3 << 19

  /// 0 where a place is free.
  private var digests: [UInt64]
  /// 0 where a person was forgotten.
  private var lines: [UInt32]
  private let most: Int
  private(set) package var count = 0

  package init(most: Int = most) {
    self.most = most
    digests = Array(repeating: 0, count: 1024)
    lines = Array(repeating: 0, count: 1024)
  }

  /// Whether somebody may have come who is not remembered.
  package var isFull: Bool { count >= most }

  /// What stands for a person who is told from others by `key`.
  package static func digest(_ key: String) -> UInt64 {
    var hasher = Hasher()
    hasher.combine(key)
    return max(1, UInt64(bitPattern: Int64(hasher.finalize())))
  }

  /// Takes note of a person.
  /// - Returns: the line that the person was on before, if this is not the first.
  package mutating func meet(_ digest: UInt64, on line: Int) -> Int? {
    var place = place(of: digest)
    if digests[place] == digest, lines[place] != 0 { return Int(lines[place]) }
    if digests[place] != digest {
      guard !isFull else { return nil }
      if count * 4 >= digests.count * 3 {
        grow()
        place = self.place(of: digest)
      }
      digests[place] = digest
      count += 1
    }
    lines[place] = UInt32(clamping: line)
    return nil
  }

  /// Makes the person new again, where the row on that line came to nothing.
  package mutating func forget(_ digest: UInt64, on line: Int) {
    let place = place(of: digest)
    if digests[place] == digest, lines[place] == UInt32(clamping: line) { lines[place] = 0 }
  }

  /// Where the person is, or would be.
  private func place(of digest: UInt64) -> Int {
    let mask = digests.count - 1
    var place = Int(truncatingIfNeeded: digest) & mask
    while digests[place] != 0, digests[place] != digest { place = (place + 1) & mask }
    return place
  }

  private mutating func grow() {
    let old = (digests, lines)
    digests = Array(repeating: 0, count: old.0.count * 2)
    lines = Array(repeating: 0, count: old.0.count * 2)
    for index in old.0.indices where old.0[index] != 0 {
      let place = place(of: old.0[index])
      digests[place] = old.0[index]
      lines[place] = old.1[index]
    }
  }
}
