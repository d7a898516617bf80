import NetworkKit
import Testing
import Wire
import XMLRPC

@testable import Outbound
@testable import Web

@Suite("Answers in gzip")
struct CompressionTests {
  @Test(
    "a long answer of the API comes in gzip to whoever takes it, reads as the plain one, and says what it depends on")
  func lists() async throws {
    try await GzipCalls.serving { call in
      for number in 0..<20 { _ = try await call.calls.contact("p\(number)@example.org") }
      for path in ["/crm/rest/v1/contacts", "/crm/rest/v2/contacts"] {
        let plain = try await call.send("GET", path, nil)
        #expect(plain.status == 200 && plain[header: "Content-Encoding"] == nil, "\(path)")
        #expect(plain[header: "Vary"] == "Accept-Encoding", "\(path)")
        for encodings in ["gzip", "deflate, GZIP;q=0.5", "*", "x-gzip"] {
          let packed = try await call.send("GET", path, encodings)
          #expect(packed[header: "Content-Encoding"] == "gzip", "\(encodings)")
          #expect(packed[header: "Vary"] == "Accept-Encoding", "\(encodings)")
          #expect(packed[header: "Content-Type"] == plain[header: "Content-Type"], "\(encodings)")
          #expect(packed[header: "Content-Length"] == String(packed.body.count), "\(encodings)")
          #expect(try Gunzip.read(packed.body) == plain.body, "\(encodings)")
          #expect(packed.body.count * 2 < plain.body.count, "\(encodings)")
        }
        for encodings in ["identity", "gzip;q=0", "deflate", "*;q=0.0", "*, gzip;q=0", "gzip;q=0.5, identity"] {
          let answer = try await call.send("GET", path, encodings)
          #expect(answer.body == plain.body && answer[header: "Content-Encoding"] == nil, "\(encodings)")
          #expect(answer[header: "Vary"] == "Accept-Encoding", "\(encodings)")
        }
      }
    }
  }

  @Test("an answer of many pieces comes whole, also where one batch is answered with a thousand outcomes")
  func pieces() async throws {
    try await GzipCalls.serving { call in
      let items = (0..<1000).map { number -> JSON in
        let address = JSON.string("p\(number)@shop.example")
        return ["reference": .string("row \(number) of the file"), "email_addresses": [["email": address]]]
      }
      let path = "/v1/contacts:batch?match=Email&dry_run=true"
      let batch: JSON = ["items": .array(items)]
      let answer = try await call.send("POST", path, "gzip", batch)
      #expect(answer[header: "Content-Encoding"] == "gzip")
      let whole = try Gunzip.read(answer.body)
      #expect(whole.count > Gzip.piece)
      #expect(try JSON.parse(whole)["results"]?.array?.count == 1000)
      #expect(try await call.send("POST", path, nil, batch).body == whole)
    }
  }

  @Test("a short answer is sent as it is, unless the plain form is refused, and says what it depends on all the same")
  func short() async throws {
    try await GzipCalls.serving { call in
      let path = "/crm/rest/v1/tags"
      let plain = try await call.send("GET", path, "gzip")
      #expect(plain[header: "Content-Encoding"] == nil && plain[header: "Vary"] == "Accept-Encoding")
      let packed = try await call.send("GET", path, "gzip, identity;q=0")
      #expect(packed[header: "Content-Encoding"] == "gzip")
      #expect(try Gunzip.read(packed.body) == plain.body)
    }
  }

  @Test("HEAD tells what GET would, in whichever form")
  func heads() async throws {
    try await GzipCalls.serving { call in
      let note = try await call.note()
      for path in [note.v1, note.v2, "/crm/rest/v1/tags", "/style.css"] {
        for encodings in ["gzip", "identity", "gzip, identity;q=0"] {
          let get = try await call.send("GET", path, encodings)
          let head = try await HTTP.send("HEAD", call.world.base + path, headers: call.headers(encodings))
          #expect(head.status == 200 && head.body.isEmpty, "\(path) \(encodings)")
          for name in ["Content-Encoding", "Content-Length", "Content-Type", "ETag", "Vary"] {
            #expect(head[header: name] == get[header: name], "\(path) \(encodings) \(name)")
          }
        }
      }
    }
  }

  @Test("P46 the tag of an answer in gzip is another one, and is good for all that the plain one is good for")
  func tags() async throws {
    try await GzipCalls.serving { call in
      let note = try await call.note()
      let plain = try #require(try await call.send("GET", note.v1, nil)[header: "ETag"])
      let first = try await call.send("GET", note.v1, "gzip")
      let packed = try #require(first[header: "ETag"])
      #expect(first[header: "Content-Encoding"] == "gzip" && packed != plain && packed.hasPrefix("\""))
      #expect(try await call.send("GET", note.v2, "gzip")[header: "ETag"] == packed, "both versions have one")

      for (named, told) in [
        (plain, plain), (packed, packed), ("W/" + packed, packed), ("\"old\", \(packed)", packed), ("*", plain),
      ] {
        for encodings in ["gzip", nil] {
          let answer = try await call.send("GET", note.v1, encodings, nil, [("If-None-Match", named)])
          #expect(answer.status == 304 && answer.body.isEmpty, "\(named)")
          #expect(answer[header: "ETag"] == told, "\(named)")
          #expect(answer[header: "Vary"] == "Accept-Encoding" && answer[header: "Content-Encoding"] == nil, "\(named)")
        }
      }
      // A cache has both, and hands on the one that the tag names.
      for both in ["\(plain), \(packed)", "\(packed), \(plain)"] {
        let cases: [(String?, String)] = [(nil, plain), ("identity", plain), ("gzip;q=0", plain), ("gzip", packed)]
        for (encodings, told) in cases {
          let answer = try await call.send("GET", note.v1, encodings, nil, [("If-None-Match", both)])
          #expect(answer.status == 304 && answer[header: "ETag"] == told, "\(encodings ?? "none")")
        }
      }
      for wrong in ["W/" + packed, "\"old.gzip\"", String(packed.dropFirst().dropLast())] {
        let refused = try await call.send("PATCH", note.v1, nil, ["title": "Called"], [("If-Match", wrong)])
        #expect(refused.status == 412, "\(wrong)")
      }
      let written = try await call.send("PATCH", note.v1, "gzip", ["title": "Called"], [("If-Match", packed)])
      #expect(written.status == 200 && written[header: "Content-Encoding"] == "gzip")
      let second = try #require(written[header: "ETag"])
      #expect(second != packed && second != plain)
      #expect(try await call.send("GET", note.v1, "gzip")[header: "ETag"] == second)
      for old in [packed, plain] {
        #expect(try await call.send("DELETE", note.v1, nil, nil, [("If-Match", old)]).status == 412, "\(old)")
      }
      #expect(try await call.send("DELETE", note.v1, nil, nil, [("If-Match", second)]).status == 204)
    }
  }

  @Test(
    "the style sheet and the description of the server come in gzip too, and another origin's page is told of both")
  func files() async throws {
    try await GzipCalls.serving(origins: ["https://shop.example"]) { call in
      let style = try await call.send("GET", "/style.css", "gzip")
      #expect(style[header: "Content-Encoding"] == "gzip" && style[header: "Vary"] == "Accept-Encoding")
      let plain = try await call.send("GET", "/style.css", nil)
      #expect(try Gunzip.read(style.body) == plain.body)
      let metadata = try await call.send("GET", "/.well-known/oauth-authorization-server", "gzip, identity;q=0")
      #expect(metadata[header: "Content-Encoding"] == "gzip")
      #expect(metadata[header: "Vary"] == "Accept-Encoding, Origin")
      #expect(try JSON.parse(Gunzip.read(metadata.body))["issuer"] != nil)
    }
  }

  @Test("XML-RPC is answered in gzip too, and asks REST for no coding itself")
  func xmlrpc() async throws {
    try await GzipCalls.serving { call in
      for number in 0..<20 { _ = try await call.calls.contact("p\(number)@example.org") }
      let body = XMLRPCCalls.body("DataService.query", ["Contact", 20, 0, ["Id": "%"], ["Id", "Email", "FirstName"]])
      func ask(_ encodings: String?) async throws -> OutboundResponse {
        try await call.world.client.send(
          "POST", call.world.base + "/crm/xmlrpc/v1",
          headers: call.headers(encodings) + [("Content-Type", "text/xml")], body: Array(body.utf8))
      }
      let plain = try await ask(nil)
      let packed = try await ask("gzip")
      #expect(plain.status == 200 && plain.text.contains("p7@example.org"))
      #expect(packed[header: "Content-Encoding"] == "gzip" && packed[header: "Vary"] == "Accept-Encoding")
      #expect(try Gunzip.read(packed.body) == plain.body)
    }
  }
}
