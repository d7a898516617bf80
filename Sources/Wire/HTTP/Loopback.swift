/// This machine by the names that it has for itself. Nothing that is sent to one of them leaves it, so that plain http and plain
/// text will do.
package enum Loopback {
  package static let names = ["127.0.0.1", "localhost", "::1"]

  /// Whether a host is this machine, an address of IPv6 with its brackets or without. Any other spelling is none: whoever
  /// resolves it may find another machine.
  package static func isName(_ host: some StringProtocol) -> Bool {
    names.contains { host.utf8.elementsEqual($0.utf8) } || host.utf8.elementsEqual("[::1]".utf8)
  }

  /// What may stand in `Host` where this machine is asked on a port.
  package static func authorities(port: Int) -> Set<String> {
    Set(names.map { Origin.authority(host: $0, port: port) })
  }
}
