import Keeper
import Wire

extension Doctor {
  /// A certificate that ends sooner should have been renewed.
  private static let shortestCertificate = Duration.days(7)

  static let network: Rule = { facts, _ in
    guard let rows = facts.rows else {
      return [.unknown(.network, "which providers are used: \(facts.blindness ?? "the store is unread")")]
    }
    return rows.origins.sorted { $0.description < $1.description }.map { network($0, facts) }
  }

  private static func network(_ origin: Origin, _ facts: DoctorFacts) -> Finding {
    let name = origin.description
    switch facts.origins[origin] {
    case nil: return .unknown(.network, "it was not asked", of: name)
    case .unresolved?:
      return .problem(.network, "Its name has no address.", of: name, "Check this machine's network and name service.")
    case .unreachable(let reason)?:
      return .problem(
        .network, "It cannot be reached: \(reason).", of: name, "Check the network, or wait for the provider.")
    case .insecure(let reason)?:
      return .problem(
        .network, "No secure connection to it comes about: \(reason).", of: name,
        "Check this machine's clock and certificates, and whether something stands between.")
    case .silent(let reason)?: return .unknown(.network, "it was reached and did not answer: \(reason)", of: name)
    case .answered(_, let ends)?:
      guard let ends else { return .ok(.network, "It answers.", of: name) }
      let days = (ends - facts.now).milliseconds / Duration.days(1).milliseconds
      return ends - facts.now < shortestCertificate
        ? .problem(
          .network, "Its certificate ends in \(days) days.", of: name,
          "Tell its operator: once it has ended, nothing is refreshed.")
        : .ok(.network, "It answers, under a certificate for its name that is good for \(days) days.", of: name)
    }
  }

  static let clocks: Rule = { facts, _ in
    guard let rows = facts.rows else {
      return [.unknown(.clock, "this machine's clock: \(facts.blindness ?? "the store is unread")")]
    }
    let origins = Set(rows.clients.compactMap(\.provider).compactMap { Origin(of: $0.tokenEndpoint) })
    return origins.sorted { $0.description < $1.description }.map { origin in
      let name = origin.description
      guard case .answered(let date?, _)? = facts.origins[origin] else {
        return .unknown(.clock, "this machine's clock against the provider's: it told no time", of: name)
      }
      let difference = date - facts.now
      return RefreshPolicy.isClockOff(by: difference)
        ? .problem(
          .clock, "Its clock and this machine's differ by \(abs(difference.components.seconds)) s.", of: name,
          "Check this machine's time service.")
        : .ok(.clock, "Its clock and this machine's agree.", of: name)
    }
  }
}
