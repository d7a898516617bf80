import Foundation
import HTTPTypes
import Hummingbird
import Wire

extension IssuerSite {
  /// The address that a request comes from: the peer's, or what a TLS proxy in front of us says in `X-Forwarded-For`. Proxies
  /// add to the end of that list and anybody writes its beginning, so the last address counts that is not a proxy's (P40). It has
  /// one text, so that what is counted by it is counted together.
  func clientAddress(_ request: Request, _ context: SiteContext) -> String {
    let peer = IPAddress(context.peer)?.text ?? context.peer
    guard isProxy(context.peer) else { return peer }
    let list = request.headers[values: .forwardedFor].flatMap {
      $0.split(separator: ",", omittingEmptySubsequences: false)
    }
    for entry in list.reversed() {
      let address = entry.trimmingCharacters(in: .whitespaces)
      if isProxy(address) { continue }
      return IPAddress(address)?.text ?? peer
    }
    return peer
  }
}

extension HTTPField.Name {
  static let forwardedFor = known("x-forwarded-for")
}
