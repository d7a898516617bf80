import Foundation
import NetworkKit
import TestKit
import Testing

extension RealPrograms {
  /// The receiver of docs/hooks.md, as it stands there, under the PHP of this machine.
  @Suite("a receiver of hooks in PHP") struct HookReceiver {
    private struct Made: Decodable {
      var key: String
      var status: String
      var signingSecret: String
    }

    private struct Contact: Decodable { var id: Int }

    /// Makes a message as the issuer does, with the secret in a file.
    private static let sign = """
      $key = base64_decode(substr(trim(file_get_contents($argv[1])), 6));
      echo 'v1,' . base64_encode(hash_hmac('sha256', $argv[2], $key, true));
      """

    private static func script() throws -> String {
      let text = try String(contentsOfFile: Project.file("docs/hooks.md"), encoding: .utf8)
      let blocks = text.components(separatedBy: "```php\n").dropFirst()
      guard blocks.count == 1, let script = blocks.first?.components(separatedBy: "```\n").first else {
        throw Missed("docs/hooks.md has no receiver, or several")
      }
      return script
    }

    @Test("the receiver of docs/hooks.md confirms its hook, takes what is signed and fresh, and nothing else")
    func story() async throws {
      try await Stage.open { stage in
        _ = try await stage.openShop("--private-hooks")
        let token = try await stage.token().accessToken
        let port = try await freePort(), address = "http://127.0.0.1:\(port)/", file = stage.secrets + "/hook"
        try stage.write(try Self.script(), to: stage.file("hook.php"))
        let receiver = try stage.start(
          "/usr/bin/env", ["php", "-S", "127.0.0.1:\(port)", stage.file("hook.php")], named: "receiver",
          environment: ["HOOK_SECRET_FILE": file])
        _ = try await receiver.says(/Development Server/)

        let answer = try await stage.callAPI(
          "POST", "/crm/rest/v1/hooks", token: token,
          body: #"{"eventKey": "contact.add", "hookUrl": "\#(address)"}"#)
        let made = try answer.decoded(Made.self)
        #expect(made.status == "Verified", "\(answer.body)")

        /// - Returns: the status of the answer to a message that is signed with the secret of the hook.
        func tell(_ body: String, age: Int = 0, sent: String? = nil) async throws -> Int {
          let time = "\(Int(Date().timeIntervalSince1970) - age)"
          let signing = try await stage.run("/usr/bin/env", ["php", "-r", Self.sign, file, "msg_1.\(time).\(body)"])
          return try await HTTP.send(
            "POST", address,
            headers: [
              ("webhook-id", "msg_1"), ("webhook-timestamp", time), ("webhook-signature", signing.output),
            ], body: sent ?? body
          ).status
        }
        #expect(try await HTTP.send("POST", address, body: "{}").status == 503, "it has no secret yet")
        try await eventually("the receiver says what it lacks") {
          receiver.errors.contains("HOOK_SECRET_FILE names no file")
        }
        try stage.write(made.signingSecret, to: file)
        let message = #"{"event_key": "contact.add", "object_keys": [{"id": 990007, "timestamp": "now"}]}"#
        #expect(try await tell(message) == 204)
        #expect(try await tell(message, age: 3600) == 401)
        #expect(try await tell(message, sent: message + " ") == 401)
        #expect(try await HTTP.send("POST", address, body: message).status == 401)

        let contact = try await stage.callAPI(
          "POST", "/crm/rest/v1/contacts", token: token,
          body: #"{"given_name": "Zoë", "email_addresses": [{"field": "EMAIL1", "email": "zoe@example.org"}]}"#
        ).decoded(Contact.self)
        try await eventually("the receiver is told of the contact") {
          receiver.errors.contains("contact.add \(contact.id) at ")
        }
        #expect(!(receiver.errors + receiver.output).contains(made.signingSecret))
      }
    }
  }
}
