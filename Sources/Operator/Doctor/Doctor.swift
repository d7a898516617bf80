import Keeper
import Store
import Wire

/// Judges what was seen: a pure rule for each thing that can be broken, none of which needs another to be whole (K30).
package enum Doctor {
  /// Looks at a folder, and changes nothing.
  ///
  /// - Parameter serverProbe: asks the server of this data whether it answers.
  package static func examine(
    _ folder: DataFolder, providers: ProviderCatalogue, probe: any OriginProbe, serverProbe: any OriginProbe,
    clock: WallClock, publicAddress: PublicAddress? = nil
  ) async -> Examination {
    var facts = await DoctorFacts.gather(
      folder, providers: providers, probe: probe, serverProbe: serverProbe, clock: clock)
    facts.publicAddress = publicAddress
    return diagnose(facts, folder: folder)
  }

  package static func diagnose(_ facts: DoctorFacts, folder: DataFolder) -> Examination {
    let rules = [
      Self.folder, server, space, key, store, witness, journals, secrets, clients, redirects, network, clocks, leases,
      doubts,
      quarantines, backup,
    ]
    return Examination(findings: rules.flatMap { $0(facts, folder) })
  }

  typealias Rule = @Sendable (DoctorFacts, DataFolder) -> [Finding]
}
