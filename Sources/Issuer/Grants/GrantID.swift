import Store
import Wire

/// The name of one approval: 128 random bits, 32 hexadecimal digits where people see it.
struct GrantID: Sendable, Hashable {
  static let byteCount = 16

  let bytes: [UInt8]

  init(_ random: Randomness) { bytes = random.bytes(Self.byteCount) }

  init?(bytes: [UInt8]) {
    guard bytes.count == Self.byteCount else { return nil }
    self.bytes = bytes
  }

  init?(_ text: some StringProtocol) {
    guard let bytes = [UInt8](hex: text) else { return nil }
    self.init(bytes: bytes)
  }

  var text: String { bytes.hex }
}

extension GrantID: Storable {
  var stored: Value { .blob(bytes) }
  init?(stored: Value) {
    guard let bytes = [UInt8](stored: stored) else { return nil }
    self.init(bytes: bytes)
  }
}
