import Keeper
import Wire

/// What a person does with a keeper, through commands, pages and alerts. The keeper's rules stay in the keeper, and the desk
/// asks for them.
package struct Desk: Sendable {
  package let keeper: Keeper

  package init(_ keeper: Keeper) { self.keeper = keeper }

  var store: GrantStore { keeper.store }
  var settlement: Settlement { keeper.settlement }
  var snapshot: Snapshot { keeper.snapshot }
  var flights: Flights { keeper.flights }
  var clock: WallClock { keeper.clock }
}

extension Keeper {
  package var desk: Desk { Desk(self) }
}
