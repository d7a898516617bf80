import Foundation
import NetworkKit
import TestKit
import Testing

extension RealPrograms {
  @Suite("the issuer's operator") struct IssuerOperator {
    @Test("a person whose tenant is not there is not added, and can be added once it is")
    func oneAct() async throws {
      try await Stage.open { stage in
        await #expect(throws: Missed.self) { try await stage.addPerson("ann@acme.example", in: "Acme") }
        let none = try await stage.succeed(["issuer", "user", "list", "--data", stage.issuerData])
        #expect(none.output == "There is nobody yet.\n")
        try await stage.addTenant("Acme")
        _ = try await stage.addPerson("ann@acme.example", in: "Acme")
        let unknown = try await stage.evergrant("issuer", "tenant", "switch", "Nope", "--data", stage.issuerData)
        #expect(unknown.status == 1 && unknown.errors.contains("evergrant issuer tenant list"), "\(unknown.errors)")
      }
    }

    @Test("tenants, people and apps are listed, and one that is switched off says so")
    func lists() async throws {
      try await Stage.open { stage in
        try await stage.addTenant("Acme")
        try await stage.addTenant("Bolt Works")
        _ = try await stage.addPerson("ann@acme.example", in: "Acme", "Bolt Works")
        let app = try await stage.addApp()
        func list(_ what: String, _ options: String...) async throws -> String {
          try await stage.succeed(["issuer", what, "list", "--data", stage.issuerData] + options).output
        }
        let switched = try await stage.succeed(["issuer", "tenant", "switch", "Acme", "--data", stage.issuerData])
        #expect(switched.errors.contains("Acme is switched off; the same with --on undoes that.\n"))
        #expect(
          try await list("tenant") == """
            TENANT      HOST                       MEMBERS
            Acme        acme.evergrant.test        1        switched off
            Bolt Works  bolt-works.evergrant.test  1

            """)
        #expect(
          try await list("user") == """
            E-MAIL            NAME  TENANTS
            ann@acme.example  Ann   Acme, Bolt Works

            """)
        let apps = try await list("client")
        #expect(apps.contains("\(app)  Shop portal  confidential\n"))
        #expect(
          apps.hasSuffix(
            """

            BUILT IN         STANDS FOR
            personal-tokens  every personal token that somebody makes
            service-tokens   every service key that somebody makes

            """))
        for (what, member) in [("tenant", "tenants"), ("user", "users"), ("client", "clients")] {
          let json = try JSONSerialization.jsonObject(with: Data(try await list(what, "--json").utf8)) as? [String: Any]
          #expect(json?["version"] as? Int == 1)
          #expect((json?[member] as? [Any])?.count == (what == "tenant" ? 2 : 1))
        }
      }
    }

    @Test("a password that is typed at a terminal is typed twice, and counts only where both are the same")
    func typedTwice() async throws {
      try await Stage.open { stage in
        let data = ["--data", stage.issuerData]
        func typing(_ arguments: [String], _ prompt: String, _ first: String, _ second: String) async throws -> Int32 {
          let terminal = try Terminal(["issuer", "user"] + arguments + data, on: stage, in: stage.temporary)
          try await terminal.answer("\(prompt): ", first)
          try await terminal.answer("\(prompt) again: ", second)
          let ending = try await terminal.program.ending()
          #expect((ending.status == 0) == (first == second), "\(terminal.transcript)")
          let told = terminal.transcript.contains("the second time differs from the first, so nothing was changed")
          #expect(told == (first != second), "\(terminal.transcript)")
          return ending.status
        }
        try await stage.addTenant("Acme")
        let adding = ["add", "ann@acme.example", "--name", "Ann", "--tenant", "Acme"]
        #expect(try await typing(adding, "Password", "battery staple", "batery staple") == 1)
        let none = try await stage.succeed(["issuer", "user", "list"] + data)
        #expect(none.output == "There is nobody yet.\n")
        #expect(try await typing(adding, "Password", "battery staple", "battery staple") == 0)

        let setting = ["password", "ann@acme.example"]
        #expect(try await typing(setting, "New password", "staple battery", "staple batery") == 1)
        try await stage.startIssuer()
        let ann = Browser("ann@acme.example", password: "battery staple", issuer: stage.issuerAddress)
        _ = try await ann.accountPage()
        #expect(try await typing(setting, "New password", "staple battery", "staple battery") == 0)
        await #expect(throws: Missed.self, "signed out, and the old password is wrong") { try await ann.accountPage() }
      }
    }

    @Test("a password is set by the operator or by a link, and the one before it counts no more")
    func passwords() async throws {
      try await Stage.open { stage in
        try await stage.startIssuer()
        try await stage.addTenant("Acme")
        let ann = try await stage.addPerson("ann@acme.example", in: "Acme")
        _ = try await ann.accountPage()
        let file = try stage.keep("battery staple", as: "new password")
        try await stage.succeed([
          "issuer", "user", "password", "ann@acme.example", "--password-file", file, "--data", stage.issuerData,
        ])
        await #expect(throws: Missed.self, "signed out, and the old password is wrong") { try await ann.accountPage() }
        let again = Browser("ann@acme.example", password: "battery staple", issuer: stage.issuerAddress)
        #expect(try await again.accountPage().words.contains("Apps that act for you"))

        let made = try await stage.succeed([
          "issuer", "user", "reset", "ann@acme.example", "--base-url", stage.issuerAddress, "--data", stage.issuerData,
        ])
        let link = made.output.trimmingCharacters(in: .newlines)
        #expect(link.hasPrefix(stage.issuerAddress + "/reset/evl_"))
        let shown = Page(try await HTTP.send("GET", link, headers: [], body: nil), at: link)
        var form = try shown.form(to: "/reset")
        for name in ["new", "again"] { form.append(name, "staple battery") }
        #expect(try await again.post("/reset", form).status == 303)
        let last = Browser("ann@acme.example", password: "staple battery", issuer: stage.issuerAddress)
        #expect(try await last.accountPage().words.contains("Apps that act for you"))
        #expect(try await HTTP.send("GET", link, headers: [], body: nil).status == 404)
      }
    }
  }
}
