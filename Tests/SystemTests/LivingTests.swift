import Foundation
import NetworkKit
import TestKit
import Testing

extension RealPrograms {
  /// Backups, new keys and a look at everything, with the program itself.
  @Suite("living with it") struct Living {
    private struct Diagnosis: Decodable {
      struct Finding: Decodable {
        var check: String
        var verdict: String
        var says: String
      }
      var version: Int
      var findings: [Finding]

      func checks(_ verdict: String) -> [String] { findings.filter { $0.verdict == verdict }.map(\.check) }
    }

    private func doctor(_ stage: Stage) async throws -> (Diagnosis, exit: Int32) {
      let ending = try await stage.evergrant("doctor", "--json", "--data", stage.keeperData)
      return (try ending.decoded(Diagnosis.self), ending.status)
    }

    @Test("K28: an hour-old backup restored over a running system refreshes nothing until it is trusted, and says why")
    func restored() async throws {
      try await Stage.open { stage in
        let (_, app) = try await stage.openShop(lifetime: 2)
        let keeper = try await stage.startKeeper()
        let file = stage.file("backup")
        try await stage.succeed(["backup", file, "--data", stage.keeperData])
        let atBackup = try await stage.grants(of: app).rotations
        try await eventually("it is refreshed twice") { try await stage.grants(of: app).rotations >= atBackup + 2 }

        let refused = try await stage.evergrant("restore", file, "--data", stage.keeperData)
        #expect(refused.status == 1)
        #expect(refused.errors.contains("Stop it"))
        #expect(try await keeper.program.terminate().status == 0)
        let done = try await stage.succeed(["restore", file, "--data", stage.keeperData])
        for word in ["shop", "evergrant check", "evergrant trust", "--offered", "replaced-"] {
          #expect(done.output.contains(word), "\(done.output)")
        }

        let before = try await stage.grants(of: app).rotations
        _ = try await stage.startKeeper()
        _ = try await stage.evergrant("token", "shop", "--data", stage.keeperData)
        #expect(try await stage.grants(of: app).rotations == before)
        let status = try await stage.evergrant("status", "--data", stage.keeperData)
        #expect(status.status != 0)
        for word in ["quarantined", "restored from", "evergrant reconnect shop"] {
          #expect(status.output.contains(word), "\(status.output)")
        }
        let why = try await stage.succeed(["why", "shop", "--data", stage.keeperData])
        for word in [
          "Set apart: ", "restored from", "Newer tokens are at hand", "evergrant reconnect shop", "evergrant trust",
        ] {
          #expect(why.output.contains(word), "\(why.output)")
        }
        let (diagnosis, exit) = try await doctor(stage)
        #expect(exit == 1)
        #expect(diagnosis.checks("problem") == ["quarantine"], "\(diagnosis)")

        try await stage.succeed(["trust", "shop", "--offered", "--data", stage.keeperData])
        try await eventually("it is refreshed again") { try await stage.grants(of: app).rotations > before }
        #expect(try await stage.grants(of: app).living == 1)
      }
    }

    @Test("K30: doctor tells a whole keeper from a broken one by its exit status, and makes nothing")
    func doctor() async throws {
      try await Stage.open { stage in
        let empty = try await stage.evergrant("doctor", "--data", stage.file("nowhere"))
        #expect(empty.status == 1)
        #expect(!FileManager.default.fileExists(atPath: stage.file("nowhere")))
        _ = try await stage.openShop()
        try await stage.succeed(["backup", stage.file("backup"), "--data", stage.keeperData])
        _ = try await stage.startKeeper()
        let (well, exit) = try await doctor(stage)
        #expect(exit == 0, "\(well)")
        #expect(well.version == 1)
        #expect(well.checks("could_not_check") == [])
        try FileManager.default.removeItem(atPath: stage.keeperData + "/key")
        let (blind, status) = try await doctor(stage)
        #expect(status == 1)
        #expect(blind.checks("problem") == ["key"])
        #expect(blind.checks("could_not_check") == ["secret"])
        #expect(!FileManager.default.fileExists(atPath: stage.keeperData + "/key"))
      }
    }

    @Test("a rekey beside a running server: it goes on refreshing, and the old key is gone from the file")
    func rekey() async throws {
      try await Stage.open { stage in
        let (_, app) = try await stage.openShop(lifetime: 2)
        let keeper = try await stage.startKeeper()
        let key = stage.keeperData + "/key", before = try stage.read(key)
        let done = try await stage.succeed([
          "rekey", "--old-key", stage.secrets + "/old key", "--data", stage.keeperData,
        ])
        #expect(done.output.contains("Key 1 is dropped"), "\(done.output)")
        #expect(try stage.read(stage.secrets + "/old key") == before)
        #expect(!(try stage.read(key)).contains(before))
        let rotations = try await stage.grants(of: app).rotations
        try await eventually("it is refreshed on") { try await stage.grants(of: app).rotations >= rotations + 2 }
        #expect(try await keeper.program.terminate().status == 0)
        #expect(try await stage.token().accessToken.isEmpty == false)
        #expect(Set(try await doctor(stage).0.checks("problem")) == ["backup", "server"])
      }
    }

    @Test("a rekey of an issuer's folder keeps the key that its living grants were made under, and says so")
    func issuer() async throws {
      try await Stage.open { stage in
        _ = try await stage.openShop()
        let done = try await stage.succeed(["rekey", "--data", stage.issuerData])
        #expect(done.output.contains("Key 1 stays"), "\(done.output)")
        #expect(done.output.contains("living grants of the issuer: 1"))
        #expect(done.output.contains("evergrant rekey --finish"))
        // The password and the grant are as good as before.
        let ann = Browser("ann@acme.example", password: Stage.password, issuer: stage.issuerAddress)
        #expect(try await ann.accountPage().approvals.count == 1)
      }
    }
  }
}
