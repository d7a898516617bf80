import Wire

/// Why the gateway in front of v1 and v2 turns a call away that is one too many, always with 429.
package enum KeapOveruse: Sendable, Equatable {
  /// The calls of a minute or a day are used up.
  case quota
  /// Too many within a second.
  /// - Parameter rate: how many are allowed.
  case spike(rate: Int)

  package var body: JSON {
    switch self {
    // The code is a string here and nowhere else.
    case .quota: ["code": "429", "message": "Quota Exceeded", "status": "Request Throttled", "details": .null]
    case .spike(let rate):
      [
        "fault": [
          "faultstring": .string("Spike arrest violation. Allowed rate : \(rate)ps"),
          "detail": ["errorcode": "policies.ratelimit.SpikeArrestViolation"],
        ]
      ]
    }
  }
}
