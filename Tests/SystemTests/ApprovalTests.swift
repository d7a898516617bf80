import Foundation
import NetworkKit
import TestKit
import Testing
import Wire

extension RealPrograms {
  @Suite("approvals") struct Approvals {
    @Test("what one person approved, another can neither see nor end, by page or by identifier")
    func twoPeople() async throws {
      try await Stage.open { stage in
        let (ann, _) = try await stage.openShop()
        let ben = try await stage.addPerson("ben@acme.example", in: "Acme")
        try await stage.connect("bens", as: ben)
        let anns = try await ann.accountPage(), bens = try await ben.accountPage()
        try #require(anns.approvals.count == 1 && bens.approvals.count == 1)
        #expect(!bens.text.contains(anns.approvals[0]))
        #expect(!bens.text.contains("ann@acme.example"))
        #expect(!anns.text.contains(bens.approvals[0]))

        let foreign = try await ben.revoke(anns.approvals[0])
        let unknown = try await ben.revoke(String(repeating: "0", count: 32))
        #expect(foreign.status == 404)
        #expect(foreign.status == unknown.status)
        #expect(foreign.words == unknown.words)
        #expect(foreign.location == unknown.location)
        #expect(try await ann.accountPage().approvals == anns.approvals)
        #expect(try await status(of: "shop", stage) == 200)

        // With the fields of Ann's own form, but Ben's cookie.
        let stolen = try await ben.post("/account/revoke", try anns.form(to: "/account/revoke"))
        #expect(stolen.status == 403)
        #expect(try await status(of: "shop", stage) == 200)
        #expect(try await ann.accountPage().approvals == anns.approvals)

        #expect(try await ann.revoke(anns.approvals[0]).location?.hasSuffix("/account?done=revoked") == true)
        #expect(try await status(of: "bens", stage) == 200)
        #expect(try await ben.accountPage().approvals == bens.approvals)
      }
    }

    @Test("a person in two tenants picks one for each approval, and ending one leaves every other working")
    func twoTenants() async throws {
      try await Stage.open { stage in
        let (_, app) = try await stage.openShop()
        try await stage.addTenant("Borealis")
        let cleo = try await stage.addPerson("cleo@example.org", in: "Acme", "Borealis")
        let link =
          "\(stage.issuerAddress)/oauth/authorize?"
          + FormFields([
            ("response_type", "code"), ("client_id", app), ("redirect_uri", "http://127.0.0.1/callback"),
            ("scope", "full"), ("state", "none"), ("code_challenge", String(repeating: "a", count: 43)),
            ("code_challenge_method", "S256"),
          ]).encoded
        #expect(try await cleo.consentPage(link).tenants.map(\.name).sorted() == ["Acme", "Borealis"])

        let acme = try await stage.connect("acme", as: cleo, tenant: "Acme")
        let borealis = try await stage.connect("borealis", as: cleo, tenant: "Borealis")
        #expect(acme.output.contains("cleo@example.org approved for acme."))
        #expect(borealis.output.contains("cleo@example.org approved for borealis."))

        // A contact is its tenant's: Ann of Acme sees it too, Borealis does not.
        let body = #"{"given_name":"Zoe","email_addresses":[{"email":"zoe@example.org","field":"EMAIL1"}]}"#
        let written = try await stage.callAPI(
          "POST", "/crm/rest/v2/contacts", token: try await stage.token("acme").accessToken, body: body)
        let id = try written.decoded(ShownContact.self).id
        for (connection, sees) in [("acme", true), ("shop", true), ("borealis", false)] {
          let token = try await stage.token(connection).accessToken
          let listed = try await stage.callAPI("GET", "/crm/rest/v2/contacts", token: token).decoded(ContactList.self)
          #expect(listed.contacts.map(\.id) == (sees ? [id] : []), "\(connection)")
          let read = try await stage.callAPI("GET", "/crm/rest/v2/contacts/\(id)", token: token)
          #expect(read.status == (sees ? 200 : 404), "\(connection)")
        }

        let page = try await cleo.accountPage()
        try #require(page.approvals.count == 2)
        let ended = page.text.contains("in Borealis") ? try approval(in: "Borealis", on: page) : ""
        _ = try await cleo.revoke(ended)
        #expect(try await status(of: "borealis", stage) == 401)
        #expect(try await status(of: "acme", stage) == 200)
        #expect(try await status(of: "shop", stage) == 200)
        #expect(try await cleo.accountPage().approvals == page.approvals.filter { $0 != ended })
      }
    }

    /// The approval for a tenant on an account page.
    private func approval(in tenant: String, on page: Page) throws -> String {
      let cards = page.text.components(separatedBy: "<article").filter { $0.contains("in \(tenant)<") }
      guard cards.count == 1, let id = cards[0].firstMatch(of: /name="approval" value="([^"]*)"/)?.1 else {
        throw Missed("The page has not one approval in \(tenant)")
      }
      return String(id)
    }

    /// What the API answers to a connection's token.
    private func status(of connection: String, _ stage: Stage) async throws -> Int {
      let token = try await stage.token(connection).accessToken
      return try await stage.callAPI("GET", "/crm/rest/v1/oauth/connect/userinfo", token: token).status
    }
  }
}
