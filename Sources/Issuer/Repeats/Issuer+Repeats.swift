import Store
import Wire

extension Issuer {
  /// How long an answer is kept.
  static let answerLifetime = Duration.hours(24)

  /// Runs an act as `writing` does, once for a request that is sent several times: its answer is kept with what it wrote, in one
  /// transaction, for its grant alone.
  ///
  /// - Parameters:
  ///   - request: nil for one that is carried out each time.
  ///   - line: where it waits for its turn; nil for one that need not.
  /// - Throws: ``ContactFault/keyInUse``, ``ContactFault/keyTaken`` and ``ContactFault/tooMany(_:retryAfter:)``, beside what
  ///   `writing` throws.
  func writingOnce(
    _ request: RepeatableRequest?, _ caller: Caller, in line: BatchLine?,
    _ act: @escaping @Sendable (TenantContacts) throws -> KeptAnswer
  ) async throws(ContactFault) -> KeptAnswer {
    if let request { try underWay.enter(request, of: caller.grant) }
    defer { if let request { underWay.leave(request, of: caller.grant) } }
    try await line?.enter(caller.tenantID)
    defer { line?.leave() }
    return try await writing(caller) { shelf in
      guard let request else { return try act(shelf) }
      if let kept = try shelf.answer(to: request) { return kept }
      // What will surely find no room need not be carried out first.
      try shelf.requireRoom()
      let answer = try act(shelf)
      if answer.isKept { try shelf.keep(answer, to: request) }
      return answer
    }
  }
}

extension TenantContacts {
  fileprivate func answer(to request: RepeatableRequest) throws -> KeptAnswer? {
    let row = try db.row(
      "SELECT request, status, body FROM kept_answers WHERE grant_id = $1 AND request_key = $2 AND ends_at > $3", grant,
      request.key, now)
    guard let row else { return nil }
    guard try row["request"] == request.digest else { throw ContactFault.keyTaken }
    var answer = KeptAnswer(status: try row["status"], body: try row["body"])
    answer.isRepeat = true
    return answer
  }

  fileprivate func keep(_ answer: KeptAnswer, to request: RepeatableRequest) throws {
    try requireRoom(forAnswerOf: answer.body.count)
    // One whose time has passed.
    let ended = try db.row(
      "DELETE FROM kept_answers WHERE grant_id = $1 AND request_key = $2 RETURNING LENGTH(body) AS bytes", grant,
      request.key)
    if let ended {
      let bytes: Int = try ended["bytes"]
      try KeptRoom.count(KeptRoom(answers: -1, bytes: -bytes), of: grant, tenant, db)
    }
    try db.execute(
      """
      INSERT INTO kept_answers (grant_id, request_key, request, status, body, ends_at) VALUES ($1, $2, $3, $4, $5, $6)
      """, grant, request.key, request.digest, answer.status, answer.body, now + Issuer.answerLifetime)
    try KeptRoom.count(KeptRoom(answers: 1, bytes: answer.body.count), of: grant, tenant, db)
  }
}
