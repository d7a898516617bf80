import Keeper
import NIOCore
import NIOHTTP1
import OAuth
import Testing

@testable import Proxy

/// The head of a request at the edges of each rule, without sockets.
struct RequestHeadTests {
  private func isTaken(_ target: String) -> Bool {
    guard case .call? = try? RequestTarget(target) else { return false }
    return true
  }

  @Test("K32: of all bytes a path takes the visible ASCII ones that mean nothing else")
  func bytesOfPath() {
    for byte in UInt8(0)...255 {
      let letter = String(decoding: [byte], as: UTF8.self)
      let isPlain = (0x21...0x7E).contains(byte) && !"#\\%".utf8.contains(byte)
      #expect(isTaken("/via/shop/a\(letter)b") == isPlain, "byte \(byte)")
      #expect(isTaken("/via/shop/a\(letter)") == isPlain, "byte \(byte) at the end")
    }
  }

  @Test("K32: of all bytes a query takes the visible ASCII ones, and no fragment follows")
  func bytesOfQuery() {
    for byte in UInt8(0)...255 {
      let letter = String(decoding: [byte], as: UTF8.self)
      let isPlain = (0x21...0x7E).contains(byte) && byte != UInt8(ascii: "#")
      #expect(isTaken("/via/shop/a?b=\(letter)c") == isPlain, "byte \(byte)")
    }
  }

  @Test("K32: an escape is two digits of either case, and none of a slash, a backslash, a dot or a NUL")
  func escapes() {
    for byte in UInt8(0)...255 {
      let digits = String(byte, radix: 16)
      let escape = "%" + (digits.count == 1 ? "0" : "") + digits
      let isFree = !"/\\.\0".utf8.contains(byte)
      #expect(isTaken("/via/shop/a\(escape)") == isFree, "\(escape)")
      #expect(isTaken("/via/shop/a\(escape.uppercased())") == isFree, "\(escape) in capitals")
      #expect(isTaken("/via/shop/a\(escape)b/c") == isFree, "\(escape) in the midst")
    }
    for cut in ["%", "%4", "%4?x", "%g0", "%0g", "%/0", "%0:", "%@0", "%0`"] {
      #expect(!isTaken("/via/shop/a\(cut)"), "\(cut)")
    }
  }

  @Test("K32: dots make a segment of their own only alone, also before parameters")
  func dots() {
    for refused in [".", "..", ".;a", "..;a", "./b", "../b", "a/.", "a/..", "a/./b", "..;/b"] {
      #expect(!isTaken("/via/shop/\(refused)"), "\(refused)")
    }
    for taken in ["...", "...;a", ".a", "..a", "a.", "a..", ".a/b", ";.", "a;..", ""] {
      #expect(isTaken("/via/shop/\(taken)"), "\(taken)")
    }
  }

  @Test("K32: connection, path and the rest are cut where they end")
  func parts() throws {
    for (target, connection, path, rest) in [
      ("/via/s/", "s", "/", "/"), ("/via/shop/a/b?c=/d?e", "shop", "/a/b", "/a/b?c=/d?e"), ("/via/s/?", "s", "/", "/?"),
    ] {
      guard case .call(let call) = try RequestTarget(target) else {
        Issue.record("\(target) is no call")
        continue
      }
      #expect(call == CallTarget(connection: connection, path: path, rest: Substring(rest)))
    }
    for target in ["/via/s", "/via//", "/vi/s/a", "/vib/s/a"] { #expect(!isTaken(target), "\(target)") }
  }

  @Test("K25: a segment of letters, or v and one or two digits, stays in a record; any other may name somebody")
  func template() {
    for word in ["v", "v1", "v12", "a", "Z", "az-AZ_.:", String(repeating: "a", count: 40)] {
      #expect(PathTemplate.of("/\(word)") == "/\(word)", "\(word)")
    }
    for name in ["v123", "w1", "1", "0", "9", "v1a", "a1", "@", "[", "`", "{", "~", String(repeating: "a", count: 41)] {
      #expect(PathTemplate.of("/\(name)/x") == "/{id}/x", "\(name)")
    }
    for byte in UInt8(0x21)...0x7E where byte != UInt8(ascii: "/") {
      let letter = String(decoding: [byte], as: UTF8.self)
      let isWord = letter.allSatisfy(\.isLetter) || "-_.:".contains(letter)
      #expect(PathTemplate.of("/\(letter)") == (isWord ? "/\(letter)" : "/{id}"), "\(letter)")
    }
  }

  // MARK: - Fields

  private func fields(_ more: (String, String)..., version: HTTPVersion = .http1_1) throws(Refusal) -> RequestFields {
    let headers = HTTPHeaders([("Host", "keeper")] + more)
    return try RequestFields(
      HTTPRequestHead(version: version, method: .POST, uri: "/", headers: headers), allocator: ByteBufferAllocator())
  }

  @Test("K32: a length is digits alone, told once, and not beside chunks")
  func length() throws {
    for (text, length) in [("0", 0), ("9", 9), ("1234567890", 1_234_567_890)] {
      #expect(try fields(("Content-Length", text)).framing == .length(length))
    }
    for text in ["", "/", ":", "+1", "-1", "1 ", "1,1", "0x1", "99999999999999999999"] {
      #expect(throws: Refusal.badFraming, "\(text)") { try fields(("Content-Length", text)) }
    }
    #expect(throws: Refusal.badFraming) { try fields(("Content-Length", "1"), ("Content-Length", "1")) }
    #expect(throws: Refusal.badFraming) { try fields(("Content-Length", "1"), ("Transfer-Encoding", "chunked")) }
    #expect(throws: Refusal.badFraming) {
      try fields(("Transfer-Encoding", "chunked"), ("Transfer-Encoding", "chunked"))
    }
    #expect(throws: Refusal.badFraming) { try fields(("Transfer-Encoding", "gzip, chunked")) }
    #expect(throws: Refusal.badFraming) { try fields(("Transfer-Encoding", "chunked"), version: .http1_0) }
    #expect(try fields(("Transfer-Encoding", "CHUNKED")).framing == .chunked)
    #expect(try fields().framing == .none)
  }

  @Test("K32: a key is presented once, however often and by whichever of its fields")
  func credentials() throws {
    #expect(try fields().credential == nil)
    #expect(try fields(("Authorization", "Bearer x")).credential == Secret("x"))
    #expect(try fields(("authorization", "bEARER evk_a")).credential == Secret("evk_a"))
    #expect(
      try fields(("X-API-Key", "k"), ("Authorization", "Bearer k"), ("x-keap-api-key", "k")).credential == Secret("k"))
    #expect(try fields(("Authorization", "Bearer   x")).credential == Secret("x"), "RFC 9110 allows several blanks")
    for text in [
      "Bearer", "Bearer ", "Bearer a b", "Bearer a\tb", "Bearer a,b", "Bearer\tx", "Bearers x", "Basic x", "x",
    ] {
      #expect(throws: Refusal.notBearer, "\(text)") { try fields(("Authorization", text)) }
    }
    #expect(throws: Refusal.twoCredentials) { try fields(("X-API-Key", "a"), ("Authorization", "Bearer b")) }
    #expect(throws: Refusal.twoCredentials) { try fields(("Authorization", "Bearer b"), ("X-API-Key", "a")) }
    #expect(throws: Refusal.twoCredentials) { try fields(("X-API-Key", "a"), ("X-API-Key", "b")) }
  }

  @Test("K32: a listed field goes on unless Connection keeps it to this hop")
  func hopByHop() throws {
    let lines = { (fields: RequestFields) in String(buffer: fields.lines) }
    #expect(try lines(fields(("X-Request-ID", "1"), ("Accept", "a"))) == "X-Request-ID: 1\r\nAccept: a\r\n")
    #expect(
      try lines(fields(("Connection", "close, x-request-id"), ("X-Request-ID", "1"), ("Accept", "a")))
        == "Accept: a\r\n")
    #expect(
      try lines(fields(("Connection", "x-request-id,\u{301}"), ("X-Request-ID", "1"), ("Accept", "a")))
        == "Accept: a\r\n")
    #expect(try lines(fields(("Accept", "a"), ("Connection", "Keep-Alive"))) == "Accept: a\r\n")
    #expect(try lines(fields(("Cookie", "c"), ("X-Other", "o"), ("Content-Length", "2"))) == "content-length: 2\r\n")
    #expect(try lines(fields(("Transfer-Encoding", "chunked"))) == "transfer-encoding: chunked\r\n")
  }

  @Test("K32: there is one Host with a value")
  func host() throws {
    #expect(throws: Refusal.hostMissing) { try fields(("Host", "other")) }
    for headers in [[], [("Host", "")]] as [[(String, String)]] {
      #expect(throws: Refusal.hostMissing) {
        try RequestFields(
          HTTPRequestHead(version: .http1_1, method: .GET, uri: "/", headers: HTTPHeaders(headers)),
          allocator: ByteBufferAllocator())
      }
    }
  }

  @Test("K32: 100 Continue is expected of a body that may come, in HTTP/1.1 alone")
  func expectation() throws {
    #expect(try fields(("Expect", "100-continue"), ("Content-Length", "1")).expectsContinue)
    #expect(try fields(("Expect", "100-Continue"), ("Transfer-Encoding", "chunked")).expectsContinue)
    #expect(try !fields(("Expect", "100-continue"), ("Content-Length", "0")).expectsContinue)
    #expect(try !fields(("Expect", "100-continue")).expectsContinue)
    #expect(try !fields(("Content-Length", "1")).expectsContinue)
    #expect(try !fields(("Expect", "100-continue"), ("Content-Length", "1"), version: .http1_0).expectsContinue)
    #expect(throws: Refusal.unknownExpectation) { try fields(("Expect", "more"), ("Content-Length", "1")) }
    #expect(throws: Refusal.upgrade) { try fields(("Upgrade", "h2c")) }
  }
}
