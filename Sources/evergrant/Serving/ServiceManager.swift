import Foundation
import Logging
import ServiceLifecycle

/// The service manager that has started this process and asks, by `NOTIFY_SOCKET`, to be told how far it is (sd_notify(3)).
struct ServiceManager: Sendable {
  enum State: String, Sendable {
    case ready = "READY=1"
    case stopping = "STOPPING=1"
  }

  /// Nil where nobody asks.
  private let path: String?
  private let logger: Logger

  init(environment: [String: String] = ProcessInfo.processInfo.environment, logger: Logger) {
    path = environment["NOTIFY_SOCKET"]
    self.logger = logger
  }

  func tell(_ state: State) {
    guard let path, !Self.send(state.rawValue, to: path) else { return }
    logger.warning("the service manager cannot be told", metadata: ["notify.state": "\(state.rawValue)"])
  }

  /// Sends one datagram to a socket in the file system or, where its name begins with `@`, to an abstract one.
  private static func send(_ text: String, to path: String) -> Bool {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    var name = Array(path.utf8)
    guard name.first == UInt8(ascii: "/") || name.first == UInt8(ascii: "@"),
      name.count < MemoryLayout.size(ofValue: address.sun_path)
    else { return false }
    if name[0] == UInt8(ascii: "@") { name[0] = 0 }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name) }
    let length = MemoryLayout<sockaddr_un>.offset(of: \.sun_path).map { $0 + name.count } ?? 0
    let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    let bytes = Array(text.utf8)
    return withUnsafePointer(to: address) { address in
      address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        sendto(descriptor, bytes, bytes.count, 0, $0, socklen_t(length)) == bytes.count
      }
    }
  }
}

/// Tells the service manager that the server is stopping, before anything else is shut down.
struct StoppingNotice: Service, CustomStringConvertible {
  var manager: ServiceManager
  var description: String { "service manager" }

  func run() async throws {
    try? await gracefulShutdown()
    manager.tell(.stopping)
  }
}
