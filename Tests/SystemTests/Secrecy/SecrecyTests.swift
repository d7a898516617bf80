import Foundation
import NetworkKit
import TestKit
import Testing

extension RealPrograms {
  /// What is known of secrets outside the hands that they are meant for.
  @Suite("secrecy") struct Secrecy {
    @Test("no secret of a whole life is in a file, an output, a log or a process list")
    func wholeLife() async throws {
      let port = try await freePort()
      let relay = try await Relay.start(to: port)
      try await Stage.open(issuerPort: port, issuerAddress: relay.address) { stage in
        let watch = ProcessWatch(of: stage)
        var found: [String] = []
        let (harvest, servers) = try await watch.during {
          let (servers, keys) = try await live(on: stage)
          var harvest = Harvest(relay)
          for key in keys { harvest.add("API key", try stage.read(key)) }
          return (harvest, servers)
        }
        for (label, least) in [
          ("code", 3), ("code_verifier", 2), ("access_token", 4), ("refresh_token", 4), ("client_secret", 1),
          ("password", 2), ("session", 2), ("csrf", 3), ("state", 3), ("bearer", 3), ("API key", 2),
        ] { #expect(harvest.count(label) >= least, "\(label): \(harvest.count(label))") }

        // While the servers run, and again when they have put their logs of writes away.
        found += try findings(harvest, stage)
        for server in servers { #expect(try await server.terminate().status == 0) }
        found += try findings(harvest, stage)

        let search = SecretSearch(harvest.labelled())
        for content in watch.all {
          found += search.findings(in: content, of: "a process list")
          found += SecretSearch.credentials(in: content, of: "a process list")
        }
        for sight in ["issuer\0serve", "EVERGRANT_KEY_FILE=", "contacts\0import"] {
          #expect(watch.all.contains { $0.range(of: Data(sight.utf8)) != nil }, "\(sight) was not seen")
        }
        #expect(found == [])
      }
    }

    /// One life of both sides, with what goes wrong in one.
    ///
    /// - Returns: the two servers, still running, and the files of the keys.
    @Sendable private func live(on stage: Stage) async throws -> (servers: [Program], keys: [String]) {
      try await stage.addTenant("Acme")
      let issuer = try await stage.startIssuer(["--access-lifetime", "\(stage.stretched(2))s", "--verbose"])
      let ann = try await stage.addPerson("ann@acme.example", in: "Acme")
      let app = try await stage.addApp()
      try await stage.connect(as: ann)
      let pasted = try await stage.paste("office") { try await ann.approve($0) }
      try #require(pasted.status == 0, "\(pasted.errors)")
      let key = try await stage.addKey()
      let writing = try await stage.addKey("portal", allowing: "PUT /crm/rest/v1/contacts")
      let keeper = try await stage.startKeeper(options: ["--verbose"])

      let job = stage.job(keeper, keyFile: key), portal = stage.job(keeper, keyFile: writing)
      let sample = Project.file("Tests/SystemTests/Fixtures/samples/customers-shopify.csv")
      for _ in 1...2 { try await stage.succeed(["contacts", "import", sample], environment: job) }
      for command in [["php", "examples/php/upsert.php"], ["sh", "examples/shell/upsert.sh"]] {
        let ending = try await stage.run("/usr/bin/env", [command[0], Project.file(command[1])], environment: portal)
        #expect(ending.status == 0, "\(ending.errors)")
      }
      try await eventually("both connections are refreshed") { try await stage.grants(of: app).rotations >= 4 }
      let token = try await stage.token()

      try await mishaps(stage, keeper, key: try stage.read(key), token: token.accessToken)

      let approvals = try await ann.accountPage().approvals
      // The third is the one whose answer was pasted wrongly.
      #expect(approvals.count == 3)
      for approval in approvals.dropFirst() { _ = try await ann.revoke(approval) }
      for name in ["shop", "office"] { _ = try await stage.evergrant("token", name, "--data", stage.keeperData) }
      for name in ["shop", "office"] { try await stage.succeed(["disconnect", name, "--data", stage.keeperData]) }
      return ([issuer, keeper.program], [key, writing])
    }

    /// Secrets in wrong places: each is refused, and may still not be written down.
    private func mishaps(_ stage: Stage, _ keeper: Stage.Keeper, key: String, token: String) async throws {
      let path = "/crm/rest/v2/contacts"
      #expect(try await keeper.call("GET", path, key: key + "x").status == 401)
      #expect(try await keeper.call("GET", path, key: token).status == 401)
      #expect(try await keeper.call("GET", path, key: key, connection: "office").status == 403)
      #expect(try await keeper.call("DELETE", path + "/1", key: key).status == 403)
      #expect(try await keeper.call("GET", path + "?access_token=\(key)", key: key).status == 400)
      #expect(try await stage.callAPI("GET", path, token: token + "x").status == 401)
      #expect(try await stage.callAPI("GET", path, token: key).status == 401)
      #expect(try await stage.callAPI("GET", path + "/none?access_token=\(token)", token: token).status == 400)
      #expect(try await HTTP.send("GET", "\(stage.issuerAddress)/nowhere/\(token)?code=\(token)").status == 404)
      let wrong = try await stage.paste("shop") { link in
        let stranger = Browser("ann@acme.example", password: "almost & right/+=", issuer: stage.issuerAddress)
        #expect(try await stranger.signIn(stranger.password, on: Page(HTTP.send("GET", link), at: link)).status == 403)
        let ann = Browser("ann@acme.example", password: Stage.password, issuer: stage.issuerAddress)
        return try await ann.approve(link).replacing("state=", with: "state=x")
      }
      #expect(wrong.status == 1)
    }

    /// What a search through both data folders and all outputs finds, and through more folders.
    func findings(_ harvest: Harvest, _ stage: Stage, also folders: [String] = []) throws -> [String] {
      var harvest = harvest
      for data in [stage.keeperData, stage.issuerData] {
        for key in try masterKeys(data, stage) { harvest.add("master key", key) }
      }
      // What is no secret is written down, and so the search must find it.
      let control = try findings(in: stage, SecretSearch([("an address", "ann@acme.example")]))
      #expect(control.contains { $0.hasPrefix("an address raw in issuer.sqlite") })
      #expect(control.contains { $0.hasPrefix("an address raw in keeper.sqlite") })
      #expect(control.contains { $0.contains("connect") })
      return try findings(
        in: stage, SecretSearch(harvest.labelled()), ofConnect: SecretSearch(harvest.labelled(except: "state")),
        also: folders)
    }

    func masterKeys(_ data: String, _ stage: Stage) throws -> [String] {
      try stage.read(data + "/key").split(separator: "\n").compactMap { $0.split(separator: " ").last.map(String.init) }
    }

    /// - Parameter ofConnect: what must not stand in the words of `connect`, whose link carries the state.
    private func findings(
      in stage: Stage, _ search: SecretSearch, ofConnect: SecretSearch? = nil, also folders: [String] = []
    ) throws -> [String] {
      try ([stage.keeperData, stage.issuerData, stage.said] + folders).flatMap { folder in
        try FileManager.default.subpathsOfDirectory(atPath: folder).flatMap { name -> [String] in
          // The key file is where the key belongs, and `token` is asked to print one.
          if folder == stage.keeperData || folder == stage.issuerData, name == "key" { return [] }
          if name.contains("token-"), name.hasSuffix(".out") { return [] }
          let content = FileManager.default.contents(atPath: folder + "/" + name) ?? Data()
          let isLink = name.contains("connect-") && name.hasSuffix(".err")
          return (isLink ? ofConnect ?? search : search).findings(in: content, of: name)
            + SecretSearch.credentials(in: content, of: name)
        }
      }
    }
  }
}
