import Foundation
import NIOCore
import NIOPosix
import Synchronization
import TestKit

/// A client that sends one request over one connection and takes the answer as it stands: it follows nothing, keeps nothing.
///
/// Where bytes must go out that no client would write, there is ``RawClient``; both read answers as ``RawAnswer`` does.
package enum HTTP {
  package static func send(
    _ method: String, _ address: String, headers: [(name: String, value: String)] = [], body: String? = nil
  ) async throws -> RawAnswer {
    guard let url = URLComponents(string: address), let host = url.host, let port = url.port else {
      throw Missed("\(address) is no address on loopback")
    }
    let target = url.percentEncodedPath + (url.percentEncodedQuery.map { "?" + $0 } ?? "")
    var lines = ["\(method) \(target.isEmpty ? "/" : target) HTTP/1.1", "Host: \(host):\(port)", "Connection: close"]
    lines += headers.map { "\($0.name): \($0.value)" }
    if let body { lines.append("Content-Length: \(body.utf8.count)") }
    let client = try await RawClient.connect(host: host, port: port)
    defer { client.close() }
    client.offer(Array((lines.joined(separator: "\r\n") + "\r\n\r\n" + (body ?? "")).utf8))
    guard let answer = try await client.onlyAnswer(toHead: method == "HEAD") else {
      throw Missed("No whole answer came from \(address.prefix { $0 != "?" }), or more than one")
    }
    return answer
  }
}

/// A port that nobody has at the moment, and that nobody gets until whoever asked listens there: it is below those that the
/// system gives out by itself, and given out once.
package func freePort() async throws -> Int {
  for _ in ownPorts {
    let port = nextPort.withLock { next in
      next = next + 1 < ownPorts.upperBound ? next + 1 : ownPorts.lowerBound
      return next
    }
    let listening = try? await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .bind(host: "127.0.0.1", port: port).get()
    guard let listening else { continue }
    try await listening.close()
    return port
  }
  throw Missed("No port is free")
}

private let ownPorts = 16_384..<32_768
/// From where this run goes on; another that runs beside it has begun elsewhere.
private let nextPort = Mutex(Int.random(in: ownPorts))
