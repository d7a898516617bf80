import Keeper
import NetworkKit
import Proxy
import Testing
import Wire

/// Upstreams that fail, and jobs that stall.
@Suite(.timeLimit(.minutes(10))) struct FaultTests {
  @Test func `an upstream that is not there is told with its origin, and the connection goes on`() async throws {
    try await ProxyWorld.run { world in
      let origin = "http://127.0.0.1:1"
      world.gateway.change { state in
        state.route = Origin(origin).map { Route(origin: $0, tokenFaults: [], unauthorizedPrecedesProcessing: true) }
      }
      let client = try await world.client()
      for _ in 1...2 {
        try await client.send(request())
        let answer = try await client.answer()
        #expect(answer.status == 502)
        #expect(answer.body.contains(origin))
      }
      client.close()
    }
  }

  @Test(
    "K32: after a channel that the upstream gave up unanswered, nothing but GET and HEAD is sent again",
    arguments: [("GET", 200, 2), ("HEAD", 200, 2), ("PUT", 502, 1), ("DELETE", 502, 1), ("POST", 502, 1)])
  func givenUp(method: String, status: Int, seen: Int) async throws {
    // The upstream takes the second request and hangs up without a byte.
    try await ProxyWorld.run(reply: { $0.number == 2 ? .end : .ok }) { world in
      let client = try await world.client()
      try await client.send(request())
      #expect(try await client.answer().status == 200)
      let target = method == "DELETE" ? "/via/shop/big/one" : "/via/shop/contacts"
      try await client.send(request(method, target, body: ["GET", "HEAD"].contains(method) ? nil : "{}"))
      #expect(try await client.answer(toHead: method == "HEAD").status == status)
      #expect(world.upstream.seen.count == seen + 1)
      client.close()
    }
  }

  @Test("K32: a request that is sent again goes on a new channel, and on no other that may be gone too")
  func onNewChannel() async throws {
    let answer = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
    try await ProxyWorld.run(
      reply: { seen in seen.number <= 2 ? .nothing : (seen.connection <= 2 ? .end : .raw(answer)) }
    ) { world in
      let clients = [try await world.client(), try await world.client()]
      for (index, client) in clients.enumerated() {
        try await client.send(request())
        try await world.upstream.sees(index + 1)
      }
      for (index, client) in clients.enumerated() {
        try await world.upstream.push(answer, on: index + 1)
        #expect(try await client.answer().status == 200)
      }
      try await clients[0].send(request())
      #expect(try await clients[0].answer().status == 200)
      #expect(world.upstream.seen.count == 4 && world.upstream.seen.last?.connection == 3)
      for client in clients { client.close() }
    }
  }

  @Test func `a new channel that ends without an answer is not tried again`() async throws {
    try await ProxyWorld.run(reply: { _ in .end }) { world in
      let answer = try await world.call(request())
      #expect(answer.status == 502)
      #expect(world.upstream.seen.count == 1)
    }
  }

  @Test(
    "K32: nor does the mere beginning of another answer, which a parser keeps to itself",
    arguments: ["H", "HTTP/1.1 299 OK\r\nX-Request-Id: ", "HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\n"])
  func leftOverBeginning(_ beginning: String) async throws {
    for answer in ["content-length: 5\r\n\r\nright", "transfer-encoding: chunked\r\n\r\n5\r\nright\r\n0\r\n\r\n"] {
      let tainted = TestUpstream.Reply.raw("HTTP/1.1 200 OK\r\n" + answer + beginning)
      try await ProxyWorld.run(reply: { $0.number == 1 ? tainted : .json(200, "right") }) { world in
        let client = try await world.client()
        for _ in 1...2 {
          try await client.send(request())
          let answer = try await client.answer()
          #expect(answer.status == 200 && answer.body == "right")
        }
        #expect(world.upstream.connections == 2)
        client.close()
      }
    }
  }

  @Test("K32: what an upstream sends beyond its answer never reaches another call")
  func leftOver() async throws {
    let second = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nwrong"
    let double = TestUpstream.Reply.raw("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nright" + second)
    try await ProxyWorld.run(reply: { $0.number == 1 ? double : .json(200, "right") }) { world in
      let client = try await world.client()
      try await client.send(request() + request())
      for _ in 1...2 { #expect(try await client.answer().body == "right") }
      #expect(world.upstream.connections == 2)
      client.close()
    }
  }

  @Test("K32: bytes on a channel at rest close it")
  func bytesAtRest() async throws {
    try await ProxyWorld.run { world in
      let client = try await world.client()
      try await client.send(request())
      #expect(try await client.answer().status == 200)
      try await world.upstream.push("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nwrong")
      try await world.upstream.loses(1)
      try await client.send(request())
      #expect(try await client.answer().body == #"{"ok":true}"#)
      client.close()
    }
  }

  @Test(arguments: [
    "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf",
    "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n",
  ])
  func `an answer that was cut is not passed off as a whole one`(answer: String) async throws {
    try await ProxyWorld.run(reply: { _ in .last(answer) }) { world in
      await #expect(throws: RawClient.Broken.self) { try await world.call(request()) }
      #expect(world.gateway.records.map(\.status) == [502])
    }
  }

  @Test(arguments: [
    "HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\nabc",
    "HTTP/1.1 200 OK\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    "HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "HTTP/1.1 101 Switching\r\nupgrade: x\r\n\r\n",
    "SSH-2.0-x\r\n\r\n",
  ])
  func `an answer that could be read in two ways is a 502`(answer: String) async throws {
    try await ProxyWorld.run(reply: { _ in .last(answer) }) { world in
      let answer = try await world.call(request())
      #expect(answer.status == 502)
    }
  }

  @Test func `an answer that ends with its connection is passed on, and its channel is not used again`() async throws {
    try await ProxyWorld.run(reply: { _ in .last("HTTP/1.1 200 OK\r\n\r\nall of it") }) { world in
      let client = try await world.client()
      for _ in 1...2 {
        try await client.send(request())
        #expect(try await client.answer().body == "all of it")
      }
      #expect(world.upstream.connections == 2)
      client.close()
    }
  }

  @Test func `an early answer ends the connection of a job that still sends`() async throws {
    try await ProxyWorld.run { world in
      world.gateway.change { $0.keys = [:] }
      let client = try await world.client()
      try await client.send(request("POST", fields: ["Content-Length: 1000000"]) + "the first bytes")
      let answer = try await client.answer()
      #expect(answer.status == 401)
      #expect(answer.fields["connection"] == "close")
      client.close()
    }
  }

  @Test func `a job that goes away takes its upstream channel with it, and is recorded`() async throws {
    try await ProxyWorld.run(reply: { _ in .nothing }) { world in
      let client = try await world.client()
      try await client.send(request())
      try await world.upstream.sees(1)
      client.close()
      try await world.upstream.loses(1)
      // The record is written after the channel is let go of.
      while world.gateway.records.isEmpty { await Task.yield() }
      #expect(world.gateway.records.map(\.status) == [499])
    }
  }

  @Test(
    "K32: a head that does not come in time is refused", arguments: ["", "GET /via/shop/contacts HTTP/1.1\r\nHost:"])
  func slowHead(start: String) async throws {
    var limits = ProxyLimits.patient
    limits.headTime = .milliseconds(60)
    try await ProxyWorld.run(limits: limits) { world in
      let answer = try await world.call(start)
      #expect(answer.status == 408)
    }
  }

  @Test("K32: a body slower than the least rate is refused, and what was sent of it is cut off")
  func slowBody() async throws {
    var limits = ProxyLimits.patient
    limits.bodyPatience = .milliseconds(60)
    try await ProxyWorld.run(limits: limits) { world in
      let answer = try await world.call(request("POST", fields: ["Content-Length: 100"]) + "a little")
      #expect(answer.status == 408)
      #expect(world.upstream.seen.isEmpty)
      #expect(world.gateway.records.map(\.status) == [408])
    }
  }

  @Test func `an upstream that does not answer in time is a 504`() async throws {
    var limits = ProxyLimits.patient
    limits.answerTime = .milliseconds(60)
    try await ProxyWorld.run(limits: limits, reply: { _ in .nothing }) { world in
      let client = try await world.client()
      for _ in 1...2 {
        try await client.send(request())
        #expect(try await client.answer().status == 504)
      }
      client.close()
    }
  }

  @Test func `a token that does not come in time is a 503`() async throws {
    var limits = ProxyLimits.patient
    limits.tokenWait = .milliseconds(60)
    try await ProxyWorld.run(limits: limits) { world in
      world.gateway.change { $0.fresh = nil }
      let answer = try await world.call(request())
      #expect(answer.status == 503)
    }
  }

  @Test func `a connection on which nothing is asked is closed`() async throws {
    var limits = ProxyLimits.patient
    limits.idle = .milliseconds(60)
    try await ProxyWorld.run(limits: limits) { world in
      let client = try await world.client()
      try await client.send(request())
      #expect(try await client.answer().status == 200)
      #expect(try await client.rest() == "")
    }
  }

  @Test func `a connection to an upstream that nobody uses is closed`() async throws {
    var limits = ProxyLimits.patient
    limits.pooledTime = .milliseconds(60)
    try await ProxyWorld.run(limits: limits) { world in
      let client = try await world.client()
      try await client.send(request())
      #expect(try await client.answer().status == 200)
      try await world.upstream.loses(1)
      client.close()
    }
  }
}
