import Contacts
import OAuth

extension Keeper {
  /// Who approved, for which tenant, by the places that the provider's entry names.
  ///
  /// - Throws: where the provider names neither: nothing could tell the next approval under that name from another's (K33).
  func identify(_ known: IdentityEvidence, _ accessToken: Secret, client: Client) async throws -> Identity {
    let provider = client.provider
    var evidence = known
    if let path = provider.userinfo, let origin = provider.route(for: nil)?.origin {
      evidence.userinfo = try await userinfo(path, at: origin, accessToken, title: provider.title)
    }
    let identity = Identity(
      tenant: evidence.first(of: provider.tenant), approver: evidence.first(of: provider.approver))
    guard identity.tenant != nil || identity.approver != nil else {
      throw KeeperError.refused("\(provider.title) did not say who approved. Connect again.")
    }
    return identity
  }

  private func userinfo(_ path: String, at origin: Origin, _ token: Secret, title: String) async throws -> JSON {
    let response: UpstreamResponse
    do {
      response = try await upstream(origin, token).send(UpstreamRequest("GET", path))
    } catch {
      throw KeeperError.refused("\(title) did not say who approved (\(error)). Connect again.")
    }
    guard response.status == 200, let person = try? JSON.parse(response.body) else {
      throw KeeperError.refused("\(title) did not say who approved (status \(response.status)). Connect again.")
    }
    return person
  }
}
