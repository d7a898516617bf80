import NetworkKit
import OAuth
import Testing
import Wire
import XMLRPC

/// What common clients of XML-RPC put on the wire, byte for byte but for host, token and the number of a contact.
private enum RecordedClient {
  static func python(port: Int, _ token: Secret) -> String {
    text(
      ["Host: 127.0.0.1:\(port)", "Authorization: Bearer \(token.exposed)", "Accept-Encoding: gzip"]
        + ["Content-Type: text/xml", "User-Agent: Python-xmlrpc/3.11"],
      """
      <?xml version='1.0'?>
      <methodCall>
      <methodName>ContactService.add</methodName>
      <params>
      <param>
      <value><string>key</string></value>
      </param>
      <param>
      <value><struct>
      <member>
      <name>FirstName</name>
      <value><string>Py</string></value>
      </member>
      <member>
      <name>Email</name>
      <value><string>p@example.org</string></value>
      </member>
      </struct></value>
      </param>
      </params>
      </methodCall>

      """)
  }

  static func ruby(port: Int, _ token: Secret) -> String {
    text(
      [
        "User-Agent: XMLRPC::Client (Ruby 3.1.7)", "Content-Type: text/xml; charset=utf-8", "Connection: keep-alive",
        "Authorization: Bearer \(token.exposed)", "Accept-Encoding: identity", "Accept: */*", "Host: 127.0.0.1:\(port)",
      ], "<?xml version=\"1.0\" ?>" + addition("Rb") + "\n")
  }

  static func perl(port: Int, _ token: Secret) -> String {
    text(
      [
        "TE: deflate,gzip;q=0.3", "Connection: TE, close", "Accept: text/xml", "Accept: multipart/*",
        "Accept: application/soap", "Authorization: Bearer \(token.exposed)", "Host: 127.0.0.1:\(port)",
        "User-Agent: SOAP::Lite/Perl/1.27", "Content-Type: text/xml",
      ], "<?xml version=\"1.0\" encoding=\"UTF-8\"?>" + addition("Pl"))
  }

  /// This client was recorded without a header for the token, which stands in the query then.
  static func c(port: Int, _ token: Secret, _ contact: Int32) -> String {
    text(
      ["Host: 127.0.0.1:\(port)", "Accept: */*", "Content-Type: text/xml", "User-Agent: Xmlrpc-c/1.33.14 Curl/7.88.1"],
      """
      <?xml version="1.0" encoding="UTF-8"?>\r
      <methodCall>\r
      <methodName>ContactService.load</methodName>\r
      <params>\r
      <param><value><string>key</string></value></param>\r
      <param><value><i4>\(contact)</i4></value></param>\r
      <param><value><string>array/(s/Id)</string></value></param>\r
      </params>\r
      </methodCall>\r

      """, query: "?access_token=\(token.exposed)")
  }

  private static func addition(_ name: String) -> String {
    "<methodCall><methodName>ContactService.add</methodName><params><param><value><string>key</string></value></param>"
      + "<param><value><struct><member><name>FirstName</name><value><string>\(name)</string></value></member></struct>"
      + "</value></param></params></methodCall>"
  }

  private static func text(_ fields: [String], _ body: String, query: String = "") -> String {
    (["POST /crm/xmlrpc/v1\(query) HTTP/1.1"] + fields + ["Content-Length: \(body.utf8.count)"])
      .joined(separator: "\r\n") + "\r\n\r\n" + body
  }
}

@Suite("Calls recorded from clients of XML-RPC") struct RecordedXMLRPCTests {
  @Test("Python's, Ruby's, Perl's and the C client get answers that they can read")
  func replay() async throws {
    try await IssuerSiteWorld.serving { world in
      let calls = try await XMLRPCCalls(world), token = calls.rest.token
      func send(_ text: String) async throws -> RawAnswer {
        let answer = try await RawClient.call(text, port: world.port)
        #expect(answer.status == 200, "\(answer)")
        #expect(answer.fields["content-type"] == "text/xml; charset=UTF-8")
        return answer
      }
      let added = try await send(RecordedClient.python(port: world.port, token))
      let contacts = try await calls.rest.call("GET", "v2/contacts")["contacts"]
      let id = try #require(contacts?[0]?["id"]?.string.flatMap { Int32($0) })
      #expect(added.body == XMLRPCCalls.text(.value(.int(id))))
      #expect(contacts?[0]?["given_name"] == "Py")
      // A name alone makes no contact, in REST and so here.
      for text in [RecordedClient.ruby(port: world.port, token), RecordedClient.perl(port: world.port, token)] {
        let refused = try await send(text)
        #expect(refused.body.contains(XMLRPCCalls.code(12)) && refused.body.contains("must contain an e-mail address"))
      }
      let strange = try await send(RecordedClient.c(port: world.port, token, id))
      #expect(strange.body.contains(XMLRPCCalls.code(12)))
      #expect(strange.body.contains("selectedFields must be an array of strings"))
    }
  }
}
