import Hummingbird
import Issuer
import NIOCore

/// What is known of a request beside the request itself.
struct SiteContext: RequestContext {
  var coreContext: CoreRequestContextStorage
  /// The address of the peer, for the record of sign-ins and approvals.
  let peer: String
  /// The connection that the request came on; nil for a request that a site makes to itself.
  let channel: (any Channel)?
  var isInner: Bool { channel == nil }
  /// Whether something goes wrong with its answer on purpose.
  var isSpoilt = false
  /// For whom a call to the API acts; set by the gate in front of it.
  var caller: Caller?
  /// How that call was counted; nil where it was not.
  var metered: MeteredCall?
  /// The call of the API as it is recorded; set in front of the gate.
  var call: ServedCall?

  init(source: ApplicationRequestContextSource) {
    coreContext = .init(source: source)
    peer = source.channel.remoteAddress?.ipAddress ?? "unknown"
    channel = source.channel
  }

  /// For a request that a site makes to itself while it answers another; nothing is known of it yet but the call that both are
  /// of.
  init(within outer: SiteContext) {
    coreContext = .init(source: outer)
    peer = outer.peer
    channel = nil
    call = outer.call
  }
}
