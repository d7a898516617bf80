import Foundation
import Keeper
import OAuth
import Operator
import Wire

/// A provider with its people: the token endpoint and the API without the network before them, and what is true there.
protocol Service: Sendable {
  /// The app as the keeper's operator knows it.
  var app: App { get }
  var tokenEndpoint: String { get }
  var origin: String { get }
  /// Whether it gives up on a grant, or does not answer it, when an answer was lost.
  var isStrict: Bool { get }

  func answer(_ request: TokenEndpointRequest) async -> Answered
  /// A person approves, and the browser comes back with this.
  func approve(_ attempt: Attempt, for connection: String) async throws -> FormFields
  /// The person takes the approval back.
  ///
  /// - Returns: whether it stood until then.
  func revoke(_ grant: String) async throws -> Bool
  /// What presenting a refresh token would come to, were nobody suspended; nil for one that was never given out.
  func standing(of token: Secret) async -> Standing?
  func ending(of grant: String) async -> Ending?
  func ask(_ request: UpstreamRequest, _ token: Secret) async -> UpstreamResponse
  /// Calls the API: whether the token is taken, nil where the provider cannot tell.
  func call(_ token: Secret) async -> Bool?
}

/// An app that is registered at a provider.
struct App: Sendable {
  var name: String
  var provider: String
  var base: String?
  var id: String
  var secret: Secret?
  var redirectURI: String
}

/// What a refresh token is worth.
struct Standing: Sendable {
  var grant: String
  var generation: Int64
  var isNewest: Bool
  var isAlive: Bool
  var isAnswered: Bool
}

enum Ending: Sendable {
  case byPerson
  /// A token that was spent came again.
  case byReplay
}

/// An answer of a provider, and whether the grant ended by it.
struct Answered: Sendable {
  var answer: TokenEndpointAnswer
  var endedByReplay = false
  /// Whether another answer to the same token had brought another successor.
  var isSecond = false
}

extension TokenEndpointAnswer {
  /// The refresh token that it brings.
  var refreshToken: Secret? { response?.refreshToken }

  /// What it grants; nil where it is anything else.
  var response: TokenResponse? {
    guard case .answer(let answer) = self, answer.status == 200 else { return nil }
    return try? JSONDecoder().decode(TokenResponse.self, from: Data(answer.body))
  }
}
