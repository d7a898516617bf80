import OAuth
import TestKit

/// One request at the token endpoint, and when it came how far.
package struct Visit: Sendable {
  /// How far a request has come, in this order.
  package enum Stage: Int, Sendable, CaseIterable {
    /// All of it is here.
    case received
    /// It has had its effect.
    case committed
    /// A part of the answer was handed to the network, and not yet the rest.
    case halfAnswered
    /// The last byte of the answer was handed to the network.
    case answered
    /// The connection is over.
    case ended
  }

  /// Counted from 1.
  package let number: Int
  /// The grant that the presented refresh token belongs to, where it belongs to one.
  package let grant: String?
  /// Which of the grant's refresh tokens was presented, counted from 1.
  package let generation: Int?
  /// Fingerprint of the presented refresh token.
  package let presented: [UInt8]?
  package internal(set) var outcome: ModelLogEntry.Outcome?
  private var moments: [Stage: ContinuousClock.Instant] = [:]

  init(number: Int, request: ModelRequest, model: ModelProvider) {
    self.number = number
    let token = request.fields?["refresh_token"].map { Secret($0) }
    let place = token.flatMap { model.place(of: $0) }
    grant = place?.grant
    generation = place?.generation
    presented = token?.fingerprint
  }

  package func at(_ stage: Stage) -> ContinuousClock.Instant? { moments[stage] }

  /// How far it had come at a moment.
  package func stage(at moment: ContinuousClock.Instant) -> Stage? {
    Stage.allCases.last { stage in stage != .ended && moments[stage].map { $0 <= moment } ?? false }
  }

  /// - Returns: whether that is news.
  mutating func reach(_ stage: Stage) -> Bool {
    guard moments[stage] == nil else { return false }
    moments[stage] = .now
    return true
  }
}

/// Chooses what the network does to each request, and is told how far it comes.
///
/// Both are called on the server's own thread: nothing else happens at the provider until they return.
package protocol Director: Sendable {
  func conduct(_ visit: Visit) -> Conduct
  func reached(_ stage: Visit.Stage, _ visit: Visit)
}

/// What the network, or somebody in between, does to one request.
package struct Conduct: Sendable, Equatable {
  package enum Course: Sendable, Equatable {
    case honest
    /// Stops when it has come that far, until ``HostileServer/letGo(_:)`` or ``HostileServer/hangUp(_:)``.
    case hold(Visit.Stage)
    /// Does what it shall and answers nothing, or does not even do it.
    case drop(committing: Bool)
    /// Does what it shall at once and answers so much later.
    case late(Duration)
    /// Sends that share of the answer and hangs up.
    case cut(Double)
    /// Sends the answer byte by byte, with that pause between.
    case slow(Duration)
    /// Something else answers: a page, a redirect, an outage.
    case instead(ModelAnswer, committing: Bool)
  }

  package var course: Course
  /// How long the access token lives that it brings, where that differs from the model's own.
  package var lifetime: Duration?

  package init(_ course: Course, lifetime: Duration? = nil) {
    self.course = course
    self.lifetime = lifetime
  }

  package static let honest = Conduct(.honest)

  var commits: Bool {
    switch course {
    case .drop(let commits), .instead(_, let commits): commits
    case .honest, .hold, .late, .cut, .slow: true
    }
  }
}
