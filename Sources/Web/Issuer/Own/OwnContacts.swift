import Contacts
import HTTPTypes
import Hummingbird
import Issuer
import NIOCore
import Wire

/// Contacts on our own routes, below `/v1`: what Keap's API does not have. Contacts and errors are written as in REST v2.
struct OwnContacts: Sendable {
  var keap: KeapAPI
  /// A batch of a thousand contacts, each as long as contacts are.
  private static let longestBody = 4 << 20
  private static let parameters = ["match", "dry_run"]

  /// Whether a path is one of ours. A router reads past empty segments, and so does this.
  static func isAt(_ path: String) -> Bool { path.split(separator: "/").first == "v1" }

  func upsert(_ request: Request, _ context: SiteContext) async throws -> Response {
    let (order, body) = try await order(request)
    let item = UpsertItem(body)
    let path = request.uri.path
    return Self.response(
      try await keap.issuer.upsertContacts([item], order, check: KeapV2.check, by: keap.caller(context)) { outcomes in
        Self.answer(item, outcomes[0], order, resource: "\(request.method) \(path)")
      })
  }

  func upsertBatch(_ request: Request, _ context: SiteContext) async throws -> Response {
    let (order, body) = try await order(request)
    let items: [UpsertItem]
    do throws(ContactRefusal) {
      items = try UpsertItem.batch(body)
    } catch {
      throw KeapRefusal(.unprocessableContent, error.message)
    }
    return Self.response(
      try await keap.issuer.upsertContacts(items, order, check: KeapV2.check, by: keap.caller(context)) { outcomes in
        KeptAnswer(
          status: 200, body: UpsertAnswer.batch(items, outcomes, isDryRun: order.isDryRun).serialized())
      })
  }

  private static func answer(
    _ item: UpsertItem, _ outcome: ItemOutcome, _ order: UpsertOrder, resource: String
  ) -> KeptAnswer {
    switch outcome {
    case .created, .updated, .unchanged:
      let isNew = if case .created = outcome { !order.isDryRun } else { false }
      return KeptAnswer(
        status: isNew ? 201 : 200, body: UpsertAnswer.one(item, outcome, isDryRun: order.isDryRun).serialized())
    case .conflict(let conflict):
      var error = KeapV2.error(409, conflict.reason, resource: resource).object ?? [:]
      if case .candidates(let ids, _) = conflict { error["candidates"] = UpsertAnswer.candidates(ids) }
      return KeptAnswer(status: 409, body: JSON.object(error).serialized())
    case .refused(let refusal):
      var error = KeapV2.error(400, refusal.reason, resource: resource).object ?? [:]
      error["place"] = .string(refusal.place)
      return KeptAnswer(status: 400, body: JSON.object(error).serialized())
    }
  }

  private static func response(_ answer: KeptAnswer) -> Response {
    var response = Response(
      status: .init(code: answer.status), headers: [.contentType: "application/json;charset=UTF-8"],
      body: ResponseBody(byteBuffer: ByteBuffer(bytes: answer.body)))
    if answer.isRepeat { response.headers[.idempotentReplayed] = "true" }
    return response
  }

  /// What a request asks, and its body.
  private func order(_ request: Request) async throws -> (UpsertOrder, JSON) {
    let query = try request.query()
    try Self.check(query)
    var order = UpsertOrder(rule: try UpsertItem.rule(query["match"]))
    switch query.values(of: "dry_run").first {
    case "true": order.isDryRun = true
    case nil, "false": break
    default: throw KeapRefusal(.badRequest, "dry_run must be true or false")
    }
    let bytes = try await request.bytes(atMost: Self.longestBody)
    order.request = try Self.repeatable(request, bytes)
    do throws(JSONFault) {
      return (order, try JSON.parse(bytes))
    } catch {
      throw KeapRefusal(.badRequest, "The body is \(error)")
    }
  }

  /// Whoever mistypes `dry_run`, or says it twice, must not write instead.
  private static func check(_ query: FormFields) throws(KeapRefusal) {
    let known = parameters.joined(separator: " and ")
    if let unknown = query.pairs.first(where: { !parameters.contains($0.name) }) {
      throw KeapRefusal(.badRequest, "There is no parameter \(unknown.name) here; there are \(known)")
    }
    if let twice = query.firstDuplicate { throw KeapRefusal(.badRequest, "\(twice) is given twice; send it once") }
  }

  private static func repeatable(_ request: Request, _ body: [UInt8]) throws -> RepeatableRequest? {
    let keys = request.headers[values: .idempotencyKey]
    guard let key = keys.first else { return nil }
    guard keys.count == 1,
      let repeatable = RepeatableRequest(key: key, target: "\(request.method) \(request.uri)", body: body)
    else {
      throw KeapRefusal(
        .badRequest,
        "Idempotency-Key must be given once, as at most \(RepeatableRequest.longestKey) visible ASCII characters")
    }
    return repeatable
  }
}

extension HTTPField.Name {
  fileprivate static let idempotencyKey = known("idempotency-key")
  fileprivate static let idempotentReplayed = known("idempotent-replayed")
}
