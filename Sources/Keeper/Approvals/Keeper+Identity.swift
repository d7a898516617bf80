import OAuth
import Wire

extension Keeper {
  /// Who approved, for which tenant, by the places that the provider's entry names.
  ///
  /// - Throws: ``ApprovalFault/notNow(_:)`` where the provider cannot be asked at present; ``KeeperError/refused(_:)`` where it
  ///   names neither, or no tenant although each call must name one: the next approval under that name could not be told from
  ///   another's (K33).
  package func identify(
    _ known: IdentityEvidence, _ accessToken: Secret, client: Client
  ) async throws -> Identity {
    let provider = client.provider
    var evidence = known
    if let path = provider.userinfo, let origin = provider.route(for: nil)?.origin {
      evidence.userinfo = try await userinfo(path, at: origin, accessToken, title: provider.title)
    }
    let identity = evidence.identity(by: provider)
    guard identity.tenant != nil || identity.approver != nil else {
      throw KeeperError.refused("\(provider.title) did not say who approved. Connect again.")
    }
    guard identity.tenant != nil || provider.tenantHeader == nil else {
      throw KeeperError.refused(
        "\(provider.title) did not say for which one of several this approval is. Connect again, and approve one alone."
      )
    }
    return identity
  }

  /// The owner of a key that was made on the provider's own pages, as far as the provider tells.
  ///
  /// - Throws: ``KeeperError/refused(_:)`` where the provider cannot be asked at present.
  package func owner(of key: Secret, _ provider: Provider) async throws -> Identity {
    var evidence = IdentityEvidence(callback: FormFields([]), answer: .null, accessToken: nil)
    guard let origin = provider.route(for: nil)?.origin else { return evidence.identity(by: provider) }
    for path in [provider.keyUserinfo, provider.userinfo].compactMap(\.self) where evidence.userinfo == nil {
      let response: UpstreamResponse
      let request = UpstreamRequest("GET", path, keyHeader: provider.keyHeader)
      do { response = try await upstream(origin, key).send(request) } catch {
        throw KeeperError.refused("\(provider.title) could not be asked whose key that is (\(error)). Try again.")
      }
      switch (response.status, try? JSON.parse(response.body)) {
      case (200, let person?): evidence.userinfo = person
      // A key that has no right to ask this names nobody, and the next path is asked.
      case (400..<429, _): continue
      case (let status, _):
        throw KeeperError.refused("\(provider.title) did not say whose key that is (status \(status)). Try again.")
      }
    }
    return evidence.identity(by: provider)
  }

  private func userinfo(
    _ path: String, at origin: Origin, _ token: Secret, title: String
  ) async throws -> JSON {
    let response: UpstreamResponse
    do { response = try await upstream(origin, token).send(UpstreamRequest("GET", path)) } catch {
      throw ApprovalFault.notNow("\(title) did not say who approved (\(error)).")
    }
    let answer = "\(title) did not say who approved (status \(response.status))."
    switch response.status {
    case 200:
      guard let person = try? JSON.parse(response.body) else { throw ApprovalFault.notNow(answer) }
      return person
    // A token that was just given may not be known everywhere yet.
    case 401, 408, 425, 429: throw ApprovalFault.notNow(answer)
    case 400..<500: throw KeeperError.refused("\(answer) Connect again.")
    default: throw ApprovalFault.notNow(answer)
    }
  }
}

extension IdentityEvidence {
  fileprivate func identity(by provider: Provider) -> Identity {
    Identity(tenant: first(of: provider.tenant), approver: first(of: provider.approver))
  }
}
