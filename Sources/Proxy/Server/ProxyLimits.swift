import Sockets
import Wire

/// What the data plane grants to a job and to an upstream before it gives up.
package struct ProxyLimits: Sendable, Equatable {
  /// Bytes of a request's head, names and values.
  package var headBytes = 16 * 1024
  /// From a head's first byte to its last.
  package var headTime = Duration.seconds(10)
  /// Between two requests on one connection.
  package var idle = Duration.seconds(75)
  /// How far a body may fall behind `leastBodyRate` before it is refused.
  package var bodyPatience = Duration.seconds(10)
  /// Bytes in a second.
  package var leastBodyRate = 1024
  /// Bytes of a request's body that are kept for a repeat, and of a 401's body that are read before it is judged (K23).
  package var keptBody = 64 * 1024
  /// Bytes of a call in XML-RPC whose key stands in its head; one whose key stands in it may have ``keptBody``.
  package var bridgedBody = 1024 * 1024
  /// How long a job may leave its answer unread.
  package var clientStall = Duration.seconds(60)
  /// Open connections, of all event loops together.
  package var connections = 10_000
  /// How many of those may be connections on which no key was accepted yet; the other places are for jobs. Beyond this a
  /// newcomer takes the place of such a connection, as ``Places`` chooses.
  package var keylessConnections = 2_500
  /// The same from one address of another machine.
  package var keylessConnectionsOfAddress = 250
  package var connectionsOfKey = 2_500
  /// Calls in XML-RPC that are worked on at once, of all event loops together. One whose job has gone counts until it ends.
  package var errands = 1_000
  package var errandsOfKey = 500
  /// How long a call with an unknown key waits for the key to become known. A key that another process has made becomes known
  /// at the keeper's next look. Zero refuses the call at once.
  package var keyPatience = Duration.milliseconds(300)
  /// How long a call waits for the keeper to have a token.
  package var tokenWait = Duration.seconds(70)
  package var connectTime = Duration.seconds(10)
  /// From the end of a request to the head of its answer, and between two pieces of an answer.
  package var answerTime = Duration.seconds(60)
  /// How long an upstream connection is kept for the next call.
  package var pooledTime = Duration.seconds(30)
  /// How long an upstream connection rests after an answer before it serves again: bytes that come meanwhile belong to no
  /// call and close it.
  package var restTime = Duration.milliseconds(5)
  /// Upstream connections kept by each event loop, whatever they are for.
  package var pooledConnections = 512
  /// How long a connection that we end is still read, so that the job sees our answer and not a reset.
  package var lingerTime = Duration.seconds(2)
  /// How long calls may go on after the server was told to stop.
  package var drainTime = Duration.seconds(20)

  package init() {}

  var patience: Patience { Patience(bodyPatience, rate: leastBodyRate) }

  var places: Places.Limits {
    Places.Limits(
      all: connections, loose: keylessConnections, looseOfAddress: keylessConnectionsOfAddress,
      ofHolder: connectionsOfKey)
  }

  /// An errand has its place by its key from the beginning.
  var errandPlaces: Places.Limits { Places.Limits(all: errands, loose: 0, looseOfAddress: 0, ofHolder: errandsOfKey) }

  /// Fewer of everything where the process may have few descriptors open. A job's connection takes one, its call one more to
  /// the upstream, and a call in XML-RPC two more between the bridge and us.
  func fitting(_ descriptors: Int, loops: Int) -> ProxyLimits {
    var limits = self
    limits.connections = min(connections, max(1, descriptors / 16 * 7))
    limits.keylessConnections = min(keylessConnections, max(1, descriptors / 8))
    limits.connectionsOfKey = min(connectionsOfKey, max(1, descriptors / 4))
    limits.errands = min(errands, max(1, descriptors / 16))
    limits.errandsOfKey = min(errandsOfKey, max(1, descriptors / 32))
    limits.pooledConnections = min(pooledConnections, max(1, descriptors / 8 / loops))
    return limits
  }

  /// How often time-outs are looked at: a quarter of the shortest, at most a quarter of a second.
  var tick: Duration {
    let shortest =
      [headTime, idle, bodyPatience, clientStall, tokenWait, answerTime, pooledTime, lingerTime].min() ?? .seconds(1)
    return max(.milliseconds(5), min(.milliseconds(250), shortest / 4))
  }
}
