import Foundation
import NetworkKit
import TestKit
import Testing

extension RealPrograms.Secrecy {
  @Test("no secret of a life with kills, alerts, a new key, a backup and its restoration is in a file or an output")
  func troubledLife() async throws {
    let port = try await freePort()
    let relay = try await Relay.start(to: port)
    try await Stage.open(issuerPort: port, issuerAddress: relay.address) { stage in
      let (program, heard) = try stage.listener()
      let backups = stage.file("backups")
      var told = Harvest(relay)
      var found: [String] = []
      let look = {
        var harvest = Harvest(relay)
        harvest.add(contentsOf: told)
        found += try findings(harvest, stage, also: [backups])
        // A channel is told of the link, which is meant for it, and of nothing else.
        let search = SecretSearch(harvest.labelled(except: "approval link"))
        for file in [heard, heard + ".arguments", heard + ".environment"] {
          found += search.findings(in: FileManager.default.contents(atPath: file) ?? Data(), of: file)
        }
      }

      let (ann, app) = try await stage.openShop("--verbose", lifetime: 2)
      let data = ["--data", stage.keeperData]
      told.add("API key", try stage.read(try await stage.addKey()))
      try await addChannels(stage, program, hook: relay.address + "/hook", &told)
      try FileManager.default.createDirectory(atPath: backups, withIntermediateDirectories: true)

      // Killed wherever it is, with whatever lies in its journal.
      var keeper = try await stage.startKeeper(options: ["--verbose"])
      #expect(try stage.read("/proc/\(keeper.program.pid)/limits").contains(#/Max core file size +0 /#))
      try await stage.succeed(["backup", backups + "/early"] + data)
      for _ in 1...4 {
        let before = try await stage.grants(of: app).rotations
        try await eventually("it is refreshed") { try await stage.grants(of: app).rotations > before }
        try await keeper.program.kill()
        try look()
        keeper = try await stage.startKeeper(options: ["--verbose"])
      }

      told.add("old master key", try masterKeys(stage.keeperData, stage).first)
      try await stage.succeed(["rekey"] + data)
      try look()
      #expect(try await keeper.program.terminate().status == 0)
      try await stage.succeed(["backup", backups + "/late"] + data)
      try await stage.succeed(["restore", backups + "/late"] + data)
      try await stage.succeed(["trust", "shop"] + data)

      let publicPort = try await freePort()
      keeper = try await stage.startKeeper(
        options: [
          "--verbose", "--public-url", "http://127.0.0.1:\(publicPort)", "--public-port", "\(publicPort)",
        ])
      _ = try await ann.revoke(try #require(try await ann.accountPage().approvals.first))
      let link = try await eventually("a link is sent") { stage.told(heard).compactMap(\.data.link).first }
      told.add("approval link", link.split(separator: "/").last.map(String.init))
      try look()
      #expect(try await HTTP.send("GET", link + "x").status == 410)
      let sent = try await HTTP.send("POST", link)
      _ = try await HTTP.send("GET", try await ann.approve(try #require(sent[header: "Location"])))
      for command in [
        ["status"], ["why", "shop"], ["audit"], ["audit", "--verify"], ["doctor"], ["check", "--all"],
        ["alert", "list"],
        ["alert", "test", "hook"], ["alert", "test", "mail"], ["refresh", "shop", "--force"], ["key", "list"],
      ] { _ = try await stage.start(command + data).ending() }
      #expect(try await keeper.program.terminate().status == 0)
      try look()

      let all = Harvest(relay)
      for (label, least) in [("access_token", 5), ("refresh_token", 5), ("client_secret", 1), ("state", 2)] {
        #expect(all.count(label) >= least, "\(label): \(all.count(label))")
      }
      for label in ["API key", "approval link", "webhook secret", "password", "old master key"] {
        #expect(told.count(label) == 1, "\(label): \(told.count(label))")
      }
      #expect(found == [])
    }
  }

  /// A program, a webhook that is answered with an error, and a mail server that nobody runs.
  private func addChannels(_ stage: Stage, _ program: String, hook: String, _ told: inout Harvest) async throws {
    let key = Data((0..<32).map { UInt8($0) &* 37 }).base64EncodedString()
    let password = "mail & pass/+="
    told.add("webhook secret", key)
    told.add("password", password)
    let data = ["--data", stage.keeperData]
    try await stage.succeed(["alert", "add", "page"] + data + ["--command", program])
    try await stage.succeed(
      ["alert", "add", "hook", "--webhook", hook, "--secret-file", try stage.keep("whsec_" + key, as: "hook.secret")]
        + data)
    try await stage.succeed(
      [
        "alert", "add", "mail", "--smtp", "smtps://127.0.0.1:1", "--from", "a@shop.example", "--to", "b@shop.example",
        "--user", "a@shop.example", "--password-file", try stage.keep(password, as: "mail.password"),
      ] + data)
  }
}
