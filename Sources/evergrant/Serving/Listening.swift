import Operator
import Proxy

/// Where a keeper's server listens, and for whom.
struct Listening: Sendable {
  /// The data plane for jobs on other machines.
  struct Remote: Sendable {
    var host: String
    var port: Int
    var callers: Callers
  }

  /// A loopback address, of both planes and of the approval pages.
  var host = SettingsTable.ownHost
  /// Of the data plane; 0 takes any port that is free.
  var port = 0
  var controlPort = 0
  var publicPort = 0
  /// How many threads each data plane has.
  var threads = 1
  /// The address under which people reach the approval pages; without it there are none.
  var publicAddress: PublicAddress?
  /// For jobs on other machines, if there is to be such a port.
  var remote: Remote?

  /// On this machine alone, for a moment or for a show.
  static let anyPorts = Listening()

  /// - Throws: where nobody may listen there, or two are to have one port.
  func judge() throws {
    // The control plane and the approval pages are on it too, and go by the same rule.
    try ProxyServer.requireAddress(host, for: .local)
    if let remote { try ProxyServer.requireAddress(remote.host, for: remote.callers) }
    let ports =
      [("port", port), ("control-port", controlPort)]
      + (publicAddress == nil ? [] : [("public-port", publicPort)])
      + (remote.map { ["0.0.0.0", "::", host].contains($0.host) ? [("remote-port", $0.port)] : [] } ?? [])
    for (index, (name, port)) in ports.enumerated() where port != 0 {
      if let other = ports[..<index].first(where: { $0.1 == port }) {
        throw Denied("\(other.0) and \(name) are both \(port). Give each a port of its own.")
      }
    }
  }
}
