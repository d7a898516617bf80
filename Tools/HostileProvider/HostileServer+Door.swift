import Foundation
import NIOCore

extension HostileServer {
  /// Lets nobody in any more: whoever connects from now on waits, and not a byte of a request can leave.
  ///
  /// Nothing is accepted, and the kernel's queue of connections to accept is filled with our own.
  package func closeDoor() async throws {
    try await listener.setOption(.autoRead, value: false).get()
    for _ in 0...2 * Self.backlog {
      let descriptor = socket(
        AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue), 0)
      guard descriptor >= 0 else { throw DoorFailure.noSocket(errno) }
      door.withLock { $0.append(descriptor) }
      guard isLetIn(descriptor) else { return }
    }
    throw DoorFailure.staysOpen
  }

  package func openDoor() {
    for descriptor in door.withLock({ door in
      defer { door = [] }
      return door
    }) { close(descriptor) }
    listener.setOption(.autoRead, value: true).whenComplete { [listener] _ in listener.read() }
  }

  private func isLetIn(_ descriptor: Int32) -> Bool {
    var place = sockaddr_in()
    place.sin_family = sa_family_t(AF_INET)
    place.sin_port = in_port_t(port).bigEndian
    place.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
    let begun = withUnsafePointer(to: &place) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard begun != 0 else { return true }
    var wait = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
    return poll(&wait, 1, 20) == 1
  }
}

enum DoorFailure: Error {
  case noSocket(Int32)
  case staysOpen
}
