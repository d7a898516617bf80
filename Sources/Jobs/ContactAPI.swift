import Contacts
import Wire

/// Calls an API that speaks Keap's REST v2 as a job does, and calls again where that may help and is harmless.
package struct ContactAPI: Sendable {
  /// Why nothing can be asked of the API at all.
  package struct Halt: Error, Sendable, Equatable, CustomStringConvertible {
    package var description: String
    /// Whether a person must do something first (exit code 4).
    package var needsPerson: Bool
    /// Whether the key does not allow the call, or the API does not (exit code 6).
    package var isDenied = false
    /// Whether the keeper refuses the key itself, or has it for another connection, so that no call will do better.
    package var isOfKey = false
    /// Whether the call may have been processed all the same.
    var isUnanswered = false
    /// Whether the last answer was to come again later.
    var isBusy = false
    /// Whether nothing is at the path that was called.
    var isOfPath = false
  }

  /// The job was told to end.
  package struct Stopped: Error {}

  package let pace: Pace
  package let answers: AnswerWatch
  /// The address below which the API is called.
  package let place: String
  private let upstream: any Upstream
  private let clock: WallClock

  /// Pauses before a call is repeated that found no one, or was told to wait.
  static let pauses: [Duration] = [
    .milliseconds(200), .milliseconds(500), .seconds(1), .seconds(2), .seconds(5), .seconds(10),
  ]

  /// How often a call is sent until the job gives up.
  package static let mostTries = pauses.count

  /// - Parameter place: the address below which the API is called, to be named to a person.
  package init(
    upstream: any Upstream, at place: String = "", clock: WallClock,
    isStopping: @escaping @Sendable () -> Bool = { false }
  ) {
    self.upstream = upstream
    self.place = place
    self.clock = clock
    pace = Pace(clock: clock, isStopping: isStopping)
    answers = AnswerWatch(clock: clock)
  }

  /// Sends a call until it is answered for good.
  /// - Throws: `ContactRefusal` for a refusal of this contact, ``Halt`` where none can be written, ``Stopped``.
  func call(
    _ method: String, _ target: String, _ body: [UInt8]? = nil, tries: Int = pauses.count
  ) async throws -> (status: Int, json: JSON) {
    let request = UpstreamRequest(method, target, body: body, contentType: body == nil ? nil : "application/json")
    var trouble = "", isBusy = false
    for pause in Self.pauses.prefix(tries) {
      try await pace.turn()
      answers.begins()
      do {
        let response = try await upstream.send(request)
        if let answer = try judge(response, to: target, pause) {
          answers.answered()
          return answer
        }
        trouble = Self.message(try? JSON.parse(response.body)) ?? "status \(response.status)"
        isBusy = response.status == 429 || response.status == 503 && response.headers["retry-after"] != nil
        // Who is told to wait has been answered; a server in trouble has done nothing.
        if response.status == 429 { answers.answered() } else { answers.failed(trouble) }
      } catch let error where error is Halt || error is ContactRefusal {
        answers.answered()
        throw error
      } catch {
        trouble = "\(error) Does evergrant serve run there?"
        isBusy = false
        answers.failed(trouble)
      }
      try await pace.pause(pause)
    }
    throw Halt(
      description: "No answer after \(tries) tries: \(trouble)", needsPerson: false, isUnanswered: true, isBusy: isBusy)
  }

  /// - Returns: nil where the call is to be repeated.
  private func judge(
    _ response: UpstreamResponse, to target: String, _ pause: Duration
  ) throws -> (status: Int, json: JSON)? {
    let json = (try? JSON.parse(response.body)) ?? .null, words = Self.message(json)
    switch response.status {
    case 200..<300:
      pace.hear(response.headers)
      return (response.status, json)
    case 408, 429, 500, 502, 503, 504:
      let told = response.headers["retry-after"].flatMap { RetryAfter($0, now: clock.now())?.delay }
      if told != nil || response.status == 429 {
        pace.slowDown(for: max(pause, min(told ?? .zero, .minutes(1))), words ?? "status \(response.status)")
      }
      return nil
    case 401:
      // Only the keeper knows keys; the API itself speaks of the approval behind them.
      let isOfKey = json["error"]?["code"]?.string?.hasPrefix("key_") == true
      let said = words ?? "401"
      throw Halt(
        description: "The call was not accepted: \(said)\(said.hasSuffix(".") ? "" : ".") "
          + (isOfKey ? "Check the key." : "See whether it is still approved: evergrant status"),
        needsPerson: true, isOfKey: isOfKey)
    case 403:
      // The keeper's own sentence says what happened and what to do.
      let code = json["error"]?["code"]?.string, isForPerson = ["needs_approval", "paused"].contains(code)
      throw Halt(
        description: isForPerson ? words ?? "403" : "The call was not allowed: \(words ?? "403")",
        needsPerson: isForPerson, isDenied: !isForPerson, isOfKey: code == "connection_denied")
    case 404, 405, 501:
      // The API says which record there is none of; the keeper speaks of the path alone, and a stranger says nothing.
      let path = target.prefix { $0 != "?" }, namesRecord = path.split(separator: "/").contains { Int64($0) != nil }
      let isOfPath = json["error"]?["code"]?.string != nil || words == nil && !namesRecord
      guard isOfPath else { throw ContactRefusal(words ?? "the API answered \(response.status)") }
      throw Halt(
        description: "\(place)\(path) answered \(response.status): \(words ?? "no keeper's API is there.") "
          + "Check --url, which is the keeper's address, and --connection.",
        needsPerson: false, isOfPath: true)
    default: throw ContactRefusal(words ?? "the API answered \(response.status)")
    }
  }

  private static func message(_ json: JSON?) -> String? {
    guard let json else { return nil }
    return KeapFault.message(in: json) ?? json["error"]?["message"]?.string
  }
}
