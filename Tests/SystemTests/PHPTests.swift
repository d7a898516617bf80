import Foundation
import NetworkKit
import OAuth
import TestKit
import Testing
import Wire

extension RealPrograms {
  /// The PHP file of `php/`, under the PHP of this machine.
  @Suite("PHP") struct PHP {
    private struct Said: Decodable {
      var trouble: String?
      var status: Int?
      var says: String?
    }

    private struct Answered<Answer: Decodable>: Decodable { var answer: Answer }

    private struct Contact: Decodable, Equatable {
      struct Address: Decodable, Equatable { var email: String }
      var id: String
      var given_name: String?
      var family_name: String?
      var email_addresses: [Address]?
      var created: Bool?
    }

    /// A job with its key, on a stage.
    private struct Job {
      var stage: Stage
      var environment: [String: String]

      func run(_ method: String, _ arguments: String, patience: Int = 30) async throws -> Program.Ending {
        let ending = try await stage.run(
          "/usr/bin/env", ["php", Project.file("php/tests/call.php"), method, arguments, "\(patience)"],
          environment: environment)
        try #require(ending.status == 0, "\(ending.errors)\(ending.output)")
        return ending
      }

      func contact(_ method: String, _ arguments: String) async throws -> Contact? {
        let ending = try await run(method, arguments)
        guard ending.output.hasPrefix(#"{"answer""#) else { throw Missed(ending.output) }
        return try ending.decoded(Answered<Contact?>.self).answer
      }

      /// What goes wrong, as the class of the exception and its words.
      func trouble(_ method: String, _ arguments: String, patience: Int = 60) async throws -> Said {
        try await run(method, arguments, patience: patience).decoded(Said.self)
      }

      func count() async throws -> Int {
        let answer = try await stage.callAPI(
          "GET", "/crm/rest/v2/contacts", token: try await stage.token().accessToken)
        return try answer.decoded(ContactList.self).contacts.count
      }
    }

    @Test(
      "the file finds, adds and updates contacts with the key of an import, and a retry after a cut answer adds none")
    func story() async throws {
      try await Stage.open { stage in
        _ = try await stage.openShop()
        let key = try await stage.addKey()
        let keeper = try await stage.startKeeper()
        let relay = try await Relay.start(to: keeper.port)
        var job = Job(stage: stage, environment: stage.job(keeper, keyFile: key))
        job.environment["EVERGRANT_URL"] = relay.address
        job.environment["http_proxy"] = "http://127.0.0.1:1"

        #expect(try await job.contact("find", #"["zoe@example.org"]"#) == nil)
        relay.cutAnswers(2)
        let added = try #require(
          try await job.contact(
            "upsert", #"[{"email": "zoe@example.org", "given_name": "Zoë", "phone": "+353 1 555 0100"}]"#))
        #expect(relay.requests.filter { $0.hasPrefix("POST") }.count == 3)
        #expect(added.given_name == "Zoë")
        #expect(try await job.count() == 1)

        let again = try await job.contact("upsert", #"[{"email": "ZOE@example.org", "family_name": "Öberg"}]"#)
        #expect(again?.id == added.id && again?.created == false)
        let found = try await job.contact("find", #"["zoe@example.org"]"#)
        #expect(found?.given_name == "Zoë" && found?.family_name == "Öberg")
        let changed = try await job.contact("update", #"["\#(added.id)", {"email": "zoe@example.com"}]"#)
        #expect(changed?.email_addresses == [.init(email: "zoe@example.com")] && changed?.family_name == "Öberg")
        let other = try await job.contact("upsert", #"[{"email": "yan@example.org"}]"#)
        #expect(other?.created == true)
        #expect(try await job.count() == 2)
      }
    }

    @Test("each trouble has a class of its own and a sentence that says what to do")
    func troubles() async throws {
      try await Stage.open { stage in
        let (ann, _) = try await stage.openShop(lifetime: 3)
        let key = try await stage.addKey()
        let reading = try await stage.addKey("reader", allowing: "GET /crm/rest/v2/contacts")
        let keeper = try await stage.startKeeper()
        let wide = Job(stage: stage, environment: stage.job(keeper, keyFile: key))
        let narrow = Job(stage: stage, environment: stage.job(keeper, keyFile: reading))
        func expect(_ said: Said, _ trouble: String, _ words: String, _ status: Int) {
          #expect(said.trouble == trouble && said.status == status, "\(said)")
          #expect(said.says?.contains(words) == true, "\(said)")
        }
        let contact = #"[{"email": "zoe@example.org"}]"#
        expect(try await narrow.trouble("upsert", contact), "Evergrant\\KeyRefused", "does not allow", 403)
        expect(
          try await wide.trouble("update", #"["999", {"given_name": "Zoë"}]"#), "Evergrant\\Refused", "find", 404)
        expect(try await wide.trouble("upsert", #"[{"phone": "1"}]"#), "InvalidArgumentException", "none", 0)
        expect(
          try await wide.trouble("upsert", #"[{"email_addresses": [{"email": "a@b.example", "field": "EMAIL2"}]}]"#),
          "InvalidArgumentException", "none", 0)
        for address in ["*", "ann*", "a@b.example;id==1", ""] {
          expect(try await wide.trouble("find", #"["\#(address)"]"#), "InvalidArgumentException", "looked for", 0)
        }
        expect(try await wide.trouble("update", #"["1", []]"#), "InvalidArgumentException", "Nothing", 0)
        for (name, value, words) in [
          ("EVERGRANT_URL", "http://keeper.example", "could be read"), ("EVERGRANT_CONNECTION", "", "is not set"),
          ("EVERGRANT_KEY_FILE", stage.file("none"), "cannot be read"),
        ] {
          var wrong = wide
          wrong.environment[name] = value
          expect(try await wrong.trouble("find", #"["a@b.example"]"#), "InvalidArgumentException", words, 0)
        }
        var elsewhere = wide
        elsewhere.environment["EVERGRANT_URL"] = keeper.address + "/api"
        expect(try await elsewhere.trouble("upsert", contact), "Evergrant\\KeyRefused", "nothing at this path", 404)
        var itself = wide
        itself.environment["EVERGRANT_KEY_FILE"] = try stage.read(key)
        let told = try await itself.trouble("find", #"["a@b.example"]"#)
        #expect(told.says?.contains("is the key itself") == true && told.says?.contains("evk_") == false)
        var nowhere = wide
        nowhere.environment["EVERGRANT_URL"] = "http://127.0.0.1:1"
        expect(
          try await nowhere.trouble("upsert", contact, patience: 1), "Evergrant\\Unavailable", "no whole answer", 0)

        _ = try await ann.revoke(try #require(try await ann.accountPage().approvals.first))
        let first = try await wide.trouble("upsert", contact)
        #expect(first.trouble == "Evergrant\\NeedsApproval" && first.says?.contains("evergrant") == true, "\(first)")
        let later = try await eventually("the keeper knows that a person is needed") {
          let said = try await wide.trouble("upsert", contact)
          return said.status == 403 ? said : nil
        }
        expect(later, "Evergrant\\NeedsApproval", "evergrant reconnect shop", 403)
      }
    }

    @Test("the WooCommerce hook adds the buyer of an order, and a trouble becomes a note of the order")
    func woocommerce() async throws {
      try await Stage.open { stage in
        _ = try await stage.openShop()
        let key = try await stage.addKey()
        var job = Job(stage: stage, environment: stage.job(try await stage.startKeeper(), keyFile: key))
        func order() async throws -> String {
          try await stage.run(
            "/usr/bin/env", ["php", Project.file("php/tests/woocommerce.php")], environment: job.environment
          ).output
        }
        #expect(try await order() == "")
        let buyer = try await job.contact("find", #"["wanda@example.org"]"#)
        #expect(buyer?.given_name == "Wanda" && buyer?.family_name == "Öz")
        job.environment["EVERGRANT_CONNECTION"] = "office"
        #expect(try await order().contains("note: The buyer is not in the CRM: The API key is not for this connection"))
      }
    }

    @Test(
      "a grant that PHP's SDK has held is taken over from its serialised token, and what is cut or spent is told of")
    func takingOver() async throws {
      try await Stage.open { stage in
        try await stage.startIssuer()
        try await stage.addTenant("Acme")
        let ann = try await stage.addPerson("ann@acme.example", in: "Acme")
        let app = try await stage.addApp()
        let kept = stage.secrets + "/token.txt"
        try await keep(try await approve(app, by: ann, stage), in: kept, stage)
        let whole = try stage.read(kept)
        #expect(whole.hasPrefix(#"O:18:"Infusionsoft\Token""#))

        func takeOver(_ name: String = "shop") async throws -> Program.Ending {
          try await stage.evergrant("connect", name, "--client", "app", "--import", kept, "--data", stage.keeperData)
        }
        try FileManager.default.removeItem(atPath: kept)
        try stage.write(String(whole.prefix(120)), to: kept)
        let cut = try await takeOver()
        #expect(cut.status == 1 && cut.errors.contains("at byte 120"), "\(cut.errors)")
        let piped = try await stage.run(
          "/bin/sh",
          [
            "-c", "exec \"$0\" connect shop --client app --import - --data \"$1\" < \"$2\"", Project.evergrant,
            stage.keeperData, kept,
          ])
        #expect(piped.status == 1 && piped.errors.contains("at byte 120"), "\(piped.errors)")

        try FileManager.default.removeItem(atPath: kept)
        try stage.write(whole, to: kept)
        let taken = try await takeOver()
        #expect(taken.status == 0, "\(taken.errors)")
        #expect(taken.output.contains("must stop using them for good"))
        #expect(try await stage.grants(of: app).rotations == 1)
        #expect(try await stage.status().0.state == "ok")
        let token = try await stage.token().accessToken
        #expect(try await stage.callAPI("GET", "/crm/rest/v2/contacts", token: token).status == 200)

        let again = try await takeOver()
        #expect(again.status == 0, "\(again.errors)")
        #expect(try await stage.grants(of: app).rotations == 1, "what was taken over is not presented again")
        let elsewhere = try await takeOver("office")
        #expect(elsewhere.status == 1 && elsewhere.errors.contains("those of the connection shop already"))

        try FileManager.default.removeItem(atPath: kept)
        try await keep(try await approve(app, by: ann, stage), in: kept, stage)
        let other = try await takeOver()
        #expect(other.status == 1 && other.errors.contains("shop holds a grant"), "\(other.errors)")
        for approval in try await ann.accountPage().approvals { _ = try await ann.revoke(approval) }
        let spent = try await takeOver("office")
        #expect(spent.status == 4)
        #expect(spent.output.contains("program holds this grant"), "\(spent.output)\(spent.errors)")
      }
    }

    /// What a token endpoint answers to an approval by another program than ours.
    private func approve(_ app: String, by person: Browser, _ stage: Stage) async throws -> String {
      let verifier = PKCE.Verifier(randomBytes: [UInt8](repeating: 7, count: 32))
      let redirect = "http://127.0.0.1/callback"
      let link =
        "\(stage.issuerAddress)/oauth/authorize?"
        + FormFields([
          ("response_type", "code"), ("client_id", app), ("redirect_uri", redirect), ("scope", "full"),
          ("state", "none"), ("code_challenge", verifier.challenge.text), ("code_challenge_method", "S256"),
        ]).encoded
      let back = try await person.approve(link)
      guard let query = back.split(separator: "?").last, let code = FormFields(parsing: query)?["code"] else {
        throw Missed("There is no code in the answer")
      }
      let secret = try stage.read(stage.secrets + "/secret of app")
      let answer = try await HTTP.send(
        "POST", "\(stage.issuerAddress)/oauth/token",
        headers: [("Content-Type", "application/x-www-form-urlencoded")],
        body: FormFields([
          ("grant_type", "authorization_code"), ("code", code), ("redirect_uri", redirect), ("client_id", app),
          ("client_secret", secret), ("code_verifier", verifier.secret.exposed),
        ]).encoded)
      guard answer.status == 200 else { throw Missed("The code was answered with \(answer.status): \(answer.body)") }
      return answer.body
    }

    /// Keeps an answer as Keap's PHP SDK does.
    private func keep(_ answer: String, in path: String, _ stage: Stage) async throws {
      let program = stage.file("keep.php")
      try stage.write(
        #"""
        <?php
        namespace Infusionsoft;
        class Token { public $accessToken, $refreshToken, $endOfLife, $extraInfo; }
        $answer = json_decode(stream_get_contents(STDIN), true);
        $token = new Token();
        $token->accessToken = $answer['access_token'];
        $token->refreshToken = $answer['refresh_token'];
        $token->endOfLife = time() + $answer['expires_in'];
        $token->extraInfo = ['token_type' => $answer['token_type'], 'scope' => $answer['scope']];
        file_put_contents($argv[1], serialize($token));
        """#, to: program)
      let php = try stage.start("/usr/bin/env", ["php", program, path], isAnswered: true)
      try php.answer(answer)
      let ending = try await php.ending()
      #expect(ending.status == 0, "\(ending.errors)")
    }

    @Test("the files are what PHP 7.4 can read, and what is newer is named")
    func syntax() async throws {
      try await Stage.open { stage in
        func check(_ files: [String]) async throws -> Program.Ending {
          try await stage.run("/usr/bin/env", ["php", Project.file("php/tests/syntax.php")] + files)
        }
        let ours = try await check([Project.file("php/Evergrant.php"), Project.file("php/woocommerce.php")])
        #expect(ours.status == 0, "\(ours.output)\(ours.errors)")
        let newer = stage.file("newer.php")
        try stage.write(
          "<?php\n$a?->b();\nnew P(a: 1);\nclass P { public function __construct(private $a) {} }\n", to: newer)
        let found = try await check([newer])
        for words in ["newer.php:2: ?->", "newer.php:3: a named argument", "newer.php:4: a promoted parameter"] {
          #expect(found.status == 1 && found.output.contains(words), "\(found.output)")
        }
      }
    }
  }
}
