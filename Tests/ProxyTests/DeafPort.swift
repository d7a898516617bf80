import Foundation

/// A port on loopback whose queue is full, so that whoever connects waits.
struct DeafPort: ~Copyable {
  let port: Int
  private let listener: Int32
  private var callers: [Int32] = []

  struct Failed: Error {}

  init() throws {
    listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let listener = listener
    port = try withUnsafeMutablePointer(to: &address) { pointer in
      try pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
        guard bind(listener, pointer, length) == 0, listen(listener, 0) == 0,
          getsockname(listener, pointer, &length) == 0
        else { throw Failed() }
      }
      return Int(UInt16(bigEndian: pointer.pointee.sin_port))
    }
    // One place is left with a queue of none; the calls after the first stay on their way.
    for _ in 1...4 {
      let caller = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
      withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { _ = connect(caller, $0, length) }
      }
      callers.append(caller)
    }
  }

  deinit {
    for caller in callers { close(caller) }
    close(listener)
  }
}
