import NIOCore
import NIOHTTP1
import Wire

extension Dialer {
  /// Connects for HTTP, with an ``ExchangeHandler`` at the end of the pipeline.
  package func open(
    _ origin: Origin, deadline: NIODeadline, of party: String? = nil
  ) async throws(ConnectionFailure) -> any Channel {
    try await connect(to: origin.host, port: origin.port, isTLS: origin.isTLS, by: deadline, of: party) { channel in
      try channel.pipeline.syncOperations.addHTTPClientHandlers()
      try channel.pipeline.syncOperations.addHandler(ExchangeHandler())
    }
  }
}

extension Channel {
  /// Sends one request over this connection and waits for the whole answer.
  ///
  /// - Parameters:
  ///   - endsWithCaller: whether the exchange is broken off when the task is cancelled. A token request is not: its answer may
  ///     hold the only refresh token that there is (K8).
  ///   - lateness: why nothing may be sent any more, asked right before the first byte leaves.
  package func exchange(
    _ request: OutboundRequest, deadline: NIODeadline, bodyLimit: Int, keptFor: TimeAmount?, endsWithCaller: Bool,
    lateness: @escaping @Sendable () -> String? = { nil }
  ) async throws(OutboundFailure) -> OutboundResponse {
    let answer = eventLoop.makePromise(of: OutboundResponse.self)
    let exchange = Exchange(
      request: request, deadline: deadline, bodyLimit: bodyLimit, keptFor: keptFor,
      lateness: lateness, answer: answer)
    // The handler accepts every exchange it sees; a write that fails has met a connection already closed.
    writeAndFlush(exchange).whenFailure { _ in
      answer.fail(OutboundFailure.notSent("the connection has been closed"))
    }
    do {
      return try await withTaskCancellationHandler {
        try await answer.futureResult.get()
      } onCancel: {
        if endsWithCaller { close(promise: nil) }
      }
    } catch let failure as OutboundFailure {
      throw failure
    } catch {
      throw .noAnswer("the connection failed (\(type(of: error)))")
    }
  }
}
