import Foundation
import NIOCore
import NIOPosix
import Store
import TestKit
import Wire

/// A client that sends one request over one connection and takes the answer as it stands: it follows nothing, keeps nothing.
enum HTTP {
  struct Answer: Sendable {
    var status: Int
    var headers: [(name: String, value: String)]
    var body: String

    subscript(header name: String) -> String? {
      headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }

    func decoded<Value: Decodable>(_ type: Value.Type) throws -> Value {
      try JSONDecoder().decode(type, from: Data(body.utf8))
    }
  }

  static func send(
    _ method: String, _ address: String, headers: [(name: String, value: String)] = [], body: String? = nil
  ) async throws -> Answer {
    guard let url = URLComponents(string: address), let host = url.host, let port = url.port else {
      throw Missed("\(address) is no address on loopback")
    }
    let target = url.percentEncodedPath + (url.percentEncodedQuery.map { "?" + $0 } ?? "")
    var lines = ["\(method) \(target.isEmpty ? "/" : target) HTTP/1.1", "Host: \(host):\(port)", "Connection: close"]
    lines += headers.map { "\($0.name): \($0.value)" }
    if let body { lines.append("Content-Length: \(body.utf8.count)") }
    let text = lines.joined(separator: "\r\n") + "\r\n\r\n" + (body ?? "")

    let group = MultiThreadedEventLoopGroup.singleton
    let loop = group.next()
    let bytes = loop.makePromise(of: [UInt8].self)
    let channel: any Channel
    do {
      channel = try await ClientBootstrap(group: loop)
        .channelInitializer { channel in
          channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Collector(bytes)) }
        }
        .connect(host: host, port: port).get()
    } catch {
      bytes.fail(error)
      throw error
    }
    let limit = loop.scheduleTask(in: .minutes(10)) { channel.close(promise: nil) }
    channel.writeAndFlush(ByteBuffer(string: text), promise: nil)
    let answer = try await bytes.futureResult.get()
    limit.cancel()
    return try parse(answer, from: address)
  }

  private static func parse(_ bytes: [UInt8], from address: String) throws -> Answer {
    let end = Array("\r\n\r\n".utf8)
    guard let head = bytes.indices.first(where: { bytes[$0...].starts(with: end) }) else {
      throw Missed("No whole answer came from \(address.prefix { $0 != "?" })")
    }
    let lines = String(decoding: bytes[..<head], as: UTF8.self).components(separatedBy: "\r\n")
    let parts = lines[0].split(separator: " ")
    guard parts.count > 1, let status = Int(parts[1]) else { throw Missed("\(lines[0]) is no status line") }
    let headers = lines.dropFirst().compactMap { line -> (name: String, value: String)? in
      let halves = line.split(separator: ":", maxSplits: 1)
      guard halves.count == 2 else { return nil }
      return (String(halves[0]), halves[1].trimmingCharacters(in: .whitespaces))
    }
    var answer = Answer(status: status, headers: headers, body: "")
    let body = bytes[(head + end.count)...]
    let isChunked = answer[header: "Transfer-Encoding"]?.lowercased() == "chunked"
    answer.body = String(decoding: isChunked ? joined(body) : Array(body), as: UTF8.self)
    if !isChunked, let length = answer[header: "Content-Length"].flatMap({ Int($0) }), length != body.count {
      throw Missed("The answer from \(address.prefix { $0 != "?" }) was cut")
    }
    return answer
  }

  private static func joined(_ chunks: ArraySlice<UInt8>) -> [UInt8] {
    var rest = chunks, joined: [UInt8] = []
    while let end = rest.firstIndex(of: 0x0D),
      let length = Int(String(decoding: rest[..<end], as: UTF8.self), radix: 16), length > 0
    {
      let start = end + 2
      guard start + length + 2 <= rest.endIndex else { return joined }
      joined += rest[start..<start + length]
      rest = rest[(start + length + 2)...]
    }
    return joined
  }

  /// Gathers all that comes until the other side closes.
  private final class Collector: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    private let promise: EventLoopPromise<[UInt8]>
    private var bytes: [UInt8] = []

    init(_ promise: EventLoopPromise<[UInt8]>) { self.promise = promise }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      bytes += Array(buffer: unwrapInboundIn(data))
    }

    func channelInactive(context: ChannelHandlerContext) { promise.succeed(bytes) }
    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
  }
}

/// A port that nobody has at the moment.
func freePort() async throws -> Int {
  let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
    .bind(host: "127.0.0.1", port: 0).get()
  let port = channel.localAddress?.port
  try await channel.close()
  guard let port else { throw Missed("No port is free") }
  return port
}
