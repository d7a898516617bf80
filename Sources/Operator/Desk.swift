import Keeper
import Logging
import Wire

/// What a person does with a keeper: through commands, pages and alerts. It asks the keeper's own rules, and has none of them.
package struct Desk: Sendable {
  package let keeper: Keeper

  package init(_ keeper: Keeper) { self.keeper = keeper }

  var store: GrantStore { keeper.store }
  var settlement: Settlement { keeper.settlement }
  var snapshot: Snapshot { keeper.snapshot }
  var flights: Flights { keeper.flights }
  var clock: WallClock { keeper.clock }
  var logger: Logger { keeper.logger }
}

extension Keeper {
  package var desk: Desk { Desk(self) }
}
