import NetworkKit
import OAuth
import TestKit
import Testing
import Wire
import XMLRPC

@Suite("Calls recorded from clients of XML-RPC") struct RecordedXMLRPCTests {
  @Test("Python's, Ruby's, Perl's and the C client get answers that they can read")
  func replay() async throws {
    try await IssuerSiteWorld.serving { world in
      let calls = try await XMLRPCCalls(world), token = calls.rest.token
      func send(_ recorded: RecordedXMLRPC) async throws -> RawAnswer {
        let answer = try await RawClient.call(
          recorded.request(host: "127.0.0.1:\(world.port)", token: token.exposed), port: world.port)
        #expect(answer.status == 200, "\(answer)")
        #expect(answer.fields["content-type"] == "text/xml; charset=UTF-8")
        return answer
      }
      let added = try await send(.python)
      let contacts = try await calls.rest.call("GET", "v2/contacts")["contacts"]
      let id = try #require(contacts?[0]?["id"]?.string.flatMap { Int32($0) })
      #expect(added.body == XMLRPCCalls.text(.value(.int(id))))
      #expect(contacts?[0]?["given_name"] == "Py")
      // A name alone makes no contact, in REST and so here.
      for recorded in [RecordedXMLRPC.ruby, .perl] {
        let refused = try await send(recorded)
        #expect(refused.body.contains(XMLRPCCalls.code(12)) && refused.body.contains("must contain an e-mail address"))
      }
      let strange = try await send(.c(contact: id))
      #expect(strange.body.contains(XMLRPCCalls.code(12)))
      #expect(strange.body.contains("selectedFields must be an array of strings"))
    }
  }
}
