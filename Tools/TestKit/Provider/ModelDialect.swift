/// What a token endpoint sends back, whole.
package struct ModelAnswer: Sendable, Equatable {
  package var status: Int
  package var headers: [Header]
  package var body: String

  package struct Header: Sendable, Equatable {
    package var name: String
    package var value: String

    package init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }
  }

  package init(_ status: Int, _ body: String, headers: [Header] = [Self.json]) {
    self.status = status
    self.headers = headers
    self.body = body
  }

  /// The first field of that name, whatever its letters' case.
  package subscript(header name: String) -> String? {
    headers.first { $0.name.lowercased() == name.lowercased() }?.value
  }

  package static let json = Header("Content-Type", "application/json")
  package static let html = Header("Content-Type", "text/html")
}

/// What can be wrong with a token request, or with the endpoint at that moment.
package enum ModelFault: Sendable, Hashable, CaseIterable {
  /// The refresh token or code is unknown, replaced, too old, or of a grant that ended.
  case invalidRefreshToken
  case wrongClient
  case malformed
  case throttled
  case down
}

/// How a token endpoint says each fault.
package struct ModelDialect: Sendable, Equatable {
  private var answers: [ModelFault: ModelAnswer]

  package init(
    invalidRefreshToken: ModelAnswer, wrongClient: ModelAnswer, malformed: ModelAnswer, throttled: ModelAnswer,
    down: ModelAnswer
  ) {
    answers = [
      .invalidRefreshToken: invalidRefreshToken, .wrongClient: wrongClient, .malformed: malformed,
      .throttled: throttled, .down: down,
    ]
  }

  package subscript(fault: ModelFault) -> ModelAnswer {
    get { answers[fault] ?? ModelAnswer(500, "") }
    set { answers[fault] = newValue }
  }
}

extension ModelDialect {
  /// As RFC 6749 section 5.2 says it; the pause in seconds, the outage as a proxy's page.
  package static let standard = ModelDialect(
    invalidRefreshToken: ModelAnswer(
      400, #"{"error":"invalid_grant","error_description":"The refresh token is not valid."}"#),
    wrongClient: ModelAnswer(401, #"{"error":"invalid_client","error_description":"The client is not known."}"#),
    malformed: ModelAnswer(400, #"{"error":"invalid_request","error_description":"A parameter is missing."}"#),
    throttled: ModelAnswer(
      429, #"{"error":"slow_down"}"#, headers: [ModelAnswer.json, .init("Retry-After", "30")]),
    down: ModelAnswer(503, "<html><body>Service Unavailable</body></html>", headers: [ModelAnswer.html]))

  /// Keap from about 2020: a dead refresh token is an invalid request, told apart by its description alone.
  package static let keap = ModelDialect(
    invalidRefreshToken: ModelAnswer(
      400, #"{"error":"invalid_request","error_description":"Invalid Refresh Token"}"#),
    wrongClient: ModelAnswer(401, #"{"ErrorCode":"invalid_client","Error":"ClientId is Invalid"}"#),
    malformed: ModelAnswer(
      400, #"{"error":"invalid_request","error_description":"response_type or grant_type is required"}"#),
    throttled: ModelAnswer(
      429, #"{"code":"429","message":"Quota Exceeded","status":"Request Throttled","details":null}"#),
    down: ModelAnswer(502, "<html><body>Bad Gateway</body></html>", headers: [ModelAnswer.html]))

  /// Keap from 2016 to 2019.
  package static let keapOfOld: ModelDialect = {
    var dialect = keap
    dialect[.invalidRefreshToken] = ModelAnswer(
      400, #"{"error":"invalid_grant","error_description":"Invalid refresh token"}"#)
    return dialect
  }()

  /// Keap where the secret is wrong and the answer blames the refresh token.
  package static let keapBlamingTheToken: ModelDialect = {
    var dialect = keap
    dialect[.wrongClient] = dialect[.invalidRefreshToken]
    return dialect
  }()
}
