import Store
import Wire

extension DataFolder {
  /// How far the server is, and whether it answers: one that is stopped, or hangs, holds its lock and takes connections all the same.
  ///
  /// - Parameter probe: ends by itself after a second or two. A server that it cannot reach is no silent one: it may listen where
  ///   this process does not see it, as in a container.
  package func server(asking probe: any OriginProbe) async -> ServerSight {
    guard server == .serving else { return server }
    for running in servers {
      guard let origin = Origin(running.origin), case .silent = await probe.look(at: origin) else { continue }
      // It may have ended meanwhile.
      if servers.contains(running) { return .silent(process: running.process) }
    }
    return server
  }
}
