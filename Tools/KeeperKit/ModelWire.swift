import Keeper
import Synchronization
import TestKit
import Wire

/// What lies between a keeper and a ``ModelProvider``: it brings each request there, and an answer back unless told to lose it.
package final class ModelWire: TokenEndpoint {
  private let model: ModelProvider
  private let now: @Sendable () -> Timestamp
  private let losesNext = Mutex(false)

  package init(_ model: ModelProvider, now: @escaping @Sendable () -> Timestamp) {
    self.model = model
    self.now = now
  }

  /// The next answer is lost, after the provider has done what was asked.
  package func loseNextAnswer() { losesNext.withLock { $0 = true } }

  package func post(_ request: TokenEndpointRequest) async -> TokenEndpointAnswer {
    let committed = model.commit(ModelRequest(fields: request.fields, authorization: request.authorization), at: now())
    let isLost = losesNext.withLock { loses in
      defer { loses = false }
      return loses
    }
    if isLost { return .noAnswer("the connection was cut") }
    let answer = model.answer(committed, at: now())
    return .answer(
      .init(
        status: answer.status, retryAfter: answer[header: "Retry-After"], date: answer[header: "Date"],
        body: Array(answer.body.utf8)))
  }
}
