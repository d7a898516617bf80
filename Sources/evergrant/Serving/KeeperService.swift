import Keeper
import ServiceLifecycle

/// The keeper as a service: at shutdown no flight starts, and those in the air land.
struct KeeperService: Service, CustomStringConvertible {
  var keeper: Keeper
  var description: String { "keeper" }

  func run() async throws {
    await withGracefulShutdownHandler {
      await keeper.run()
    } onGracefulShutdown: {
      keeper.close()
    }
  }
}
