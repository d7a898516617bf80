import Foundation
import NetworkKit
import TestKit
import Testing

extension RealPrograms {
  @Suite("alerts") struct Alerts {
    @Test(
      "a program is told of a revocation and of its end, and the link in between lets the person approve on a phone")
    func wholeStory() async throws {
      try await Stage.open { stage in
        let (ann, _) = try await stage.openShop(lifetime: 3)
        let (program, heard) = try stage.listener()
        try await stage.succeed(
          ["alert", "add", "page", "--data", stage.keeperData, "--command", program, "--urgent", "two words"])
        let publicPort = try await freePort()
        let keeper = try await stage.startKeeper(
          options: ["--public-url", "http://127.0.0.1:\(publicPort)", "--public-port", "\(publicPort)"])
        _ = try await ann.revoke(try #require(try await ann.accountPage().approvals.first))
        let began = try await eventually("the program is told that a person is needed") {
          stage.told(heard).first { $0.data.kind == "needs_approval" }
        }
        #expect(began.type == "alert.began" && began.data.subject == "shop")
        let link = try #require(began.data.link)
        #expect(link.hasPrefix("http://127.0.0.1:\(publicPort)/approve/"))

        let page = try await HTTP.send("GET", link)
        #expect(page.status == 200 && page.body.contains("shop"))
        let sent = try await HTTP.send("POST", link)
        #expect(sent.status == 303)
        let back = try await ann.approve(try #require(sent[header: "Location"]))
        #expect(back.hasPrefix("http://127.0.0.1:\(publicPort)/callback?"))
        let thanks = try await HTTP.send("GET", back)
        #expect(thanks.status == 200 && thanks.body.contains("connected again"))
        #expect(try await HTTP.send("GET", link).status == 410)

        try await eventually("the program is told that it is over") {
          stage.told(heard).contains { $0.type == "alert.over" && $0.data.id == began.data.id }
        }
        let ending = try await keeper.program.terminate()
        #expect(ending.status == 0)
        #expect(stage.told(heard).filter { $0.data.kind == "needs_approval" }.count == 2)
        // What it was told went by its standard input alone, and what it said went nowhere.
        let token = try #require(link.split(separator: "/").last)
        for file in [heard + ".arguments", heard + ".environment"] {
          let text = try stage.read(file)
          #expect(!text.contains("needs_approval"), "\(file)")
        }
        #expect(try stage.read(heard + ".arguments").hasPrefix("--urgent two words"))
        let names = Set(try stage.read(heard + ".environment").split(separator: "\n").map { $0.prefix { $0 != "=" } })
        #expect(names.isSubset(of: ["PATH", "HOME", "LANG", "PWD", "_", "SHLVL", "OLDPWD"]), "\(names)")
        #expect(!ending.errors.contains(token) && !ending.errors.contains("noise"))
        let list = try await stage.succeed(["alert", "list", "--data", stage.keeperData])
        #expect(list.output.hasPrefix("page  runs \(program) --urgent two words  last delivered"))
      }
    }

    @Test(
      "a channel is tried, listed and removed by its commands, and one that cannot be used is refused in a sentence")
    func commands() async throws {
      try await Stage.open { stage in
        let data = ["--data", stage.keeperData]
        let (program, heard) = try stage.listener()
        try await stage.succeed(["alert", "add", "page"] + data + ["--command", program])
        try await stage.succeed(["alert", "test", "page"] + data)
        #expect(stage.told(heard).map(\.data.kind) == ["test"])
        let secret = "whsec_" + Foundation.Data(repeating: 9, count: 32).base64EncodedString()
        let file = try stage.keep(secret, as: "hook.secret")
        try await stage.succeed(
          ["alert", "add", "hook", "--webhook", "http://127.0.0.1:1/x", "--secret-file", file] + data)
        let list = try await stage.succeed(["alert", "list"] + data)
        #expect(list.output.contains("hook  posts to http://127.0.0.1:1/x") && !list.output.contains("whsec_"))
        func refused(_ arguments: [String], _ words: String) async throws {
          let ending = try await stage.start(arguments).ending()
          #expect(ending.status == 1 && ending.errors.contains(words), "\(ending.errors)")
        }
        try await refused(["alert", "test", "hook"] + data, "cannot be reached")
        try await refused(["alert", "add", "page"] + data + ["--command", program], "already an alert channel")
        try await refused(["alert", "add", "x"] + data + ["--command", "page-me"], "not a whole path")
        try await refused(["alert", "add", "x"] + data + ["--command", "/nowhere/page-me"], "not there")
        try await refused(
          ["alert", "add", "x", "--webhook", "http://ops.example/", "--secret-file", file] + data, "not an https")
        try await refused(
          ["alert", "add", "x", "--smtp", "mail.example", "--from", "a@b.example", "--to", "c@d.example"] + data,
          "smtp://")
        try await refused(["alert", "remove", "nobody"] + data, "no alert channel nobody")
        try await stage.succeed(["alert", "remove", "hook"] + data)
        let rest = try await stage.succeed(["alert", "list"] + data)
        #expect(!rest.output.contains("hook"))
        let two = try await stage.evergrant("alert", "add", "x", "--webhook", "https://a.example", "--smtp", "smtp://b")
        #expect(two.status == 2)
      }
    }

    @Test("a program that fails, or ends by a signal, has not taken the alert", arguments: ["exit 3", "kill -9 $$"])
    func failing(_ ending: String) async throws {
      try await Stage.open { stage in
        let (program, _) = try stage.listener(ending: ending)
        try await stage.succeed(["alert", "add", "page", "--data", stage.keeperData, "--command", program])
        let test = try await stage.evergrant("alert", "test", "page", "--data", stage.keeperData)
        #expect(test.status == 1)
        #expect(test.errors.contains("ended with \(ending == "exit 3" ? "3" : "137")"), "\(test.errors)")
      }
    }

    @Test("a key that says how often its job calls shows when it is expected")
    func expected() async throws {
      try await Stage.open { stage in
        _ = try await stage.openShop()
        try await stage.succeed([
          "key", "add", "nightly", "--connection", "shop", "--contacts", "--expect-every", "24h", "--key-file",
          stage.secrets + "/nightly", "--data", stage.keeperData,
        ])
        _ = try await stage.startKeeper()
        for command in [["key", "list"], ["status"]] {
          #expect(try await stage.succeed(command + ["--data", stage.keeperData]).output.contains("expected by 20"))
        }
      }
    }
  }
}
