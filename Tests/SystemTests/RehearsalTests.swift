import Foundation
import NetworkKit
import TestKit
import Testing

extension RealPrograms {
  @Suite("an issuer that plays Keap") struct Rehearsing {
    @Test("an app is registered under Keap's rules, leaves them and comes back, and the list says so")
    func dialect() async throws {
      try await Stage.open { stage in
        func client(_ arguments: String...) async throws -> Program.Ending {
          try await stage.evergrant(["issuer", "client"] + arguments + ["--data", stage.issuerData], environment: [:])
        }
        let local = try await client("add", "Local", "--dialect", "keap", "--redirect-uri", "http://127.0.0.1/callback")
        #expect(local.status == 1 && local.errors.contains("https addresses alone"))
        let added = try await client(
          "add", "Shop", "--dialect", "keap", "--redirect-uri", "https://shop.example/cb", "--secret-file",
          stage.secrets + "/shop")
        #expect(added.status == 0 && added.errors.contains("--legacy"))
        let id = added.output.trimmingCharacters(in: .newlines)
        #expect(try await client("list").output.contains("\(id)  Shop  confidential, Keap's rules\n"))
        #expect(try await client("dialect", id, "evergrant").status == 0)
        #expect(try await client("list").output.contains("\(id)  Shop  confidential\n"))
        let strict = try await client("dialect", id, "keap")
        #expect(strict.status == 0 && strict.errors.contains("\(id) is set to Keap's rules.\n"))
        #expect(try await client("list", "--json").output.contains(#""dialect":"keap""#))
        #expect(try await client("dialect", "nobody", "keap").status == 1)
        #expect(try await client("dialect", id, "hubspot").status == 2)
      }
    }

    @Test("a rehearsal that nobody comes to says so, and its file, which is its owner's alone, goes with its folder")
    func nobody() async throws {
      try await Stage.open { stage in
        let file = stage.secrets + "/keap.json"
        let program = try stage.start(
          ["issuer", "rehearse", file, "--port", "\(stage.issuerPort)", "--wait", "5s"])
        _ = try await program.says(/what\s+your\s+integration/)
        let told = try JSONSerialization.jsonObject(with: Data(try stage.read(file).utf8)) as? [String: Any]
        #expect(told?["token_endpoint"] as? String == "\(stage.issuerAddress)/token")
        for name in ["client_id", "client_secret", "access_token", "refresh_token", "password"] {
          #expect((told?[name] as? String)?.isEmpty == false, "\(name)")
        }
        let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        let ended = try await program.ending()
        #expect(ended.status == 1 && ended.errors.contains("Nothing came within 5 seconds"))
        #expect(try FileManager.default.contentsOfDirectory(atPath: stage.temporary).isEmpty)
        #expect(!FileManager.default.fileExists(atPath: file))
        try await stage.startIssuer()
        let taken = try await stage.evergrant(
          "issuer", "rehearse", file, "--port", "\(stage.issuerPort)", "--wait", "1s")
        #expect(taken.status == 1 && taken.errors.contains("--port"))
        #expect(!FileManager.default.fileExists(atPath: file), "none is written where nobody listens")
        try stage.write("mine", to: file)
        let again = try await stage.evergrant(
          "issuer", "rehearse", file, "--port", "\(stage.issuerPort)", "--wait", "1s")
        #expect(again.status == 1 && again.errors.contains("Name a new file"), "no file is written over")
        #expect(try stage.read(file) == "mine")
        let short = try await stage.evergrant("issuer", "rehearse", file + "2", "--day", "90s")
        #expect(short.status == 2 && short.errors.contains("Usage: evergrant issuer rehearse"), "\(short)")
        #expect(short.errors.contains("A day of 90 seconds is too short for tokens that live 60 seconds"), "\(short)")
        #expect(short.errors.contains(": add --access-lifetime 45s."), "\(short)")
      }
    }

    @Test(
      "a rehearsal tells requests that were refused from none, and of the days that were over when somebody stops it")
    func stopped() async throws {
      try await Stage.open { stage in
        let file = stage.secrets + "/keap.json", port = "\(stage.issuerPort)"
        let strange = try stage.start(["issuer", "rehearse", file, "--port", port, "--wait", "5s"])
        _ = try await strange.says(/what\s+your\s+integration/)
        #expect(try await HTTP.send("GET", stage.issuerAddress + "/crm/rest/v2/contacts").status == 401)
        let refused = try await strange.ending()
        #expect(refused.status == 1 && refused.errors.contains("1 request came within 5 seconds"))
        #expect(refused.errors.contains("the last was answered 401"))

        let days = ["quiet", "slow", "html", "429"].flatMap { ["--only", $0] }
        let program = try stage.start(
          ["issuer", "rehearse", file, "--port", port, "--day", "5s", "--access-lifetime", "1s"] + days)
        _ = try await program.says(/what\s+your\s+integration/)
        let told = try JSONSerialization.jsonObject(with: Data(try stage.read(file).utf8)) as? [String: Any]
        let form = ["client_id", "client_secret", "refresh_token"].map { "\($0)=\(told?[$0] as? String ?? "")" }
        let served = try await HTTP.send(
          "POST", stage.issuerAddress + "/token", headers: [("Content-Type", "application/x-www-form-urlencoded")],
          body: (["grant_type=refresh_token"] + form).joined(separator: "&"))
        #expect(served.status == 200)
        _ = try await program.says(/quiet: untried\./)
        let ended = try await program.terminate()
        #expect(ended.status == 3 && ended.errors.contains("Day 1 of 4, quiet: nothing goes wrong."))
        #expect(ended.output.contains("quiet  untried") && ended.output.contains("Not played: "))
        #expect(!FileManager.default.fileExists(atPath: file))
      }
    }

    @Test("a schedule of faults that cannot be read is refused, by a start and by config check")
    func schedule() async throws {
      try await Stage.open { stage in
        let started = try await stage.evergrant(
          "issuer", "serve", "--data", stage.issuerData, "--port", "\(stage.issuerPort)", "--faults", "token lose")
        #expect(started.status == 1 && started.errors.contains("“token lose” is no fault"))
        let checked = try await stage.evergrant(
          "config", "check", environment: ["EVERGRANT_ISSUER_FAULTS": "token lose"])
        #expect(checked.status == 1 && checked.errors.contains("“token lose” is no fault"))
        let limits = try await stage.evergrant("config", "check", environment: ["EVERGRANT_ISSUER_APP_LIMITS": "25"])
        #expect(limits.status == 1 && limits.errors.contains("limits such as 25/s,1500/min,150000/day"))
      }
    }
  }
}
