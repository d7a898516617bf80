import Contacts
import Foundation
import HostileProvider
import NetworkKit
import OAuth
import Testing
import Wire

@testable import Outbound

@Suite("The API that speaks Keap's")
struct KeapAPITests {
  private func json(_ answer: OutboundResponse) throws -> JSON { try JSON.parse(answer.body) }

  @Test("a caller is settled before the path: Keap's three 401s, and 404 only for who may call")
  func unauthorized() async throws {
    try await IssuerSiteWorld.serving { world in
      let tokens = try await Browser(world).tokens("ann@example.org", world.shopClient)
      let missing = """
        {"fault":{"detail":{"errorcode":"oauth.v2.InvalidAccessToken"},"faultstring":"Invalid access token"}}
        """
      let invalid = """
        {"fault":{"detail":{"errorcode":"keymanagement.service.invalid_access_token"},"faultstring":"Invalid Access Token"}}
        """
      let paths = [
        "/crm/rest/v1/contacts", "/crm/rest/v2/contacts/1", "/crm/rest/v1/nothing", "/crm", "//crm/rest/v1/contacts",
        "/crm/rest/v1/oauth/connect/userinfo", "/crm/rest/v2/oauth/connect/userinfo", "/crm/rest/v1/contacts/model",
      ]
      for path in paths {
        let none = try await world.api("GET", path, nil)
        #expect(none.status == 401, "\(path)")
        #expect(none.text == missing)
        let bad = try await world.api("GET", path, Secret("eva_bad"))
        #expect(bad.status == 401, "\(path)")
        #expect(bad.text == invalid)
      }
      let first = try await world.api("GET", "/crm/rest/v1/nothing", tokens.accessToken)
      #expect(first.status == 404)
      #expect(first[header: "Content-Type"] == "text/html;charset=utf-8", "Keap answers with a page, too")
      let second = try await world.api("GET", "/crm/rest/v2/nothing", tokens.accessToken)
      #expect(second.status == 404)
      #expect(try json(second)["status"] == "Not Found")
      #expect(try json(second)["details"]?[0]?["resource"] == "GET /rest/v2/nothing")
    }
  }

  @Test("P33 a token in the query serves on these routes, and not beside one in the header")
  func tokenInQuery() async throws {
    try await IssuerSiteWorld.serving { world in
      let token = try await Browser(world).tokens("ann@example.org", world.shopClient).accessToken
      let path = "/crm/rest/v1/contacts?access_token=" + token.exposed
      #expect(try await world.api("GET", path, nil).status == 200)
      #expect(try await world.api("GET", path, token).status == 400)
      #expect(try await world.api("GET", path + "&access_token=" + token.exposed, nil).status == 400, "given twice")
      let field = ("X-Keap-API-Key", token.exposed), plain = "/crm/rest/v1/contacts"
      func ask(_ path: String, _ headers: [(String, String)]) async throws -> Int {
        try await world.client.send("GET", world.base + path, headers: headers).status
      }
      #expect(try await ask(plain, [field]) == 200, "as Keap takes its own pages' keys")
      #expect(try await ask(path, [field]) == 400)
      #expect(try await ask(plain, [field, ("Authorization", "Bearer " + token.exposed)]) == 400)
      #expect(try await ask(plain, [("X-Keap-API-Key", "nobody's")]) == 401)
    }
  }

  @Test("a NUL is the caller's fault, not the store's")
  func nul() async throws {
    try await IssuerSiteWorld.serving { world in
      let token = try await Browser(world).tokens("ann@example.org", world.shopClient).accessToken
      let body = #"{"given_name":"a\u0000b","email_addresses":[{"field":"EMAIL1","email":"a@example.org"}]}"#
      #expect(try await world.api("POST", "/crm/rest/v1/contacts", token, body).status == 400)
      #expect(try await world.api("GET", "/crm/rest/v1/contacts?given_name=a%00b", token).status == 400)
      #expect(try await world.api("GET", "/oauth/authorize?client_id=a%00b", nil).status == 400)
    }
  }

  @Test("v1 adds, upserts, changes, lists and deletes a contact, with or without a trailing slash")
  func v1() async throws {
    try await IssuerSiteWorld.serving { world in
      let token = try await Browser(world).tokens("ann@example.org", world.shopClient).accessToken
      let body = "{\"given_name\":\"Zoë\",\"email_addresses\":[{\"field\":\"EMAIL1\",\"email\":\"zoe@example.org\"}]}"
      let made = try await world.api("POST", "/crm/rest/v1/contacts/", token, body)
      #expect(made.status == 201)
      let id = try #require(try json(made)["id"]?.integer)
      let upsert = String(body.dropLast()) + ",\"job_title\":\"Chef\",\"duplicate_option\":\"Email\"}"
      let same = try await world.api("PUT", "/crm/rest/v1/contacts", token, upsert)
      #expect(same.status == 200)
      #expect(try json(same)["id"]?.integer == id)
      let fresh = try await world.api("PUT", "/crm/rest/v1/contacts", token, upsert.replacing("zoe@", with: "new@"))
      #expect(fresh.status == 201)
      let patched = try await world.api(
        "PATCH", "/crm/rest/v1/contacts/\(id)?update_mask=family_name", token,
        "{\"given_name\":\"No\",\"family_name\":\"Ü\"}")
      #expect(patched.status == 200)
      let read = try json(
        try await world.api("GET", "/crm/rest/v1/contacts/\(id)?optional_properties=job_title", token))
      #expect(read["given_name"] == "Zoë")
      #expect(read["family_name"] == "Ü")
      #expect(read["job_title"] == "Chef")
      let list = try json(try await world.api("GET", "/crm/rest/v1/contacts?email=ZOE%40example.org&limit=5", token))
      #expect(list["count"] == 1)
      #expect(list["next"]?.string?.hasPrefix("http://127.0.0.1:8443/crm/rest/v1/contacts/?limit=5&offset=5") == true)
      #expect(try await world.api("DELETE", "/crm/rest/v1/contacts/\(id)", token).status == 204)
      let gone = try await world.api("GET", "/crm/rest/v1/contacts/\(id)", token)
      #expect(gone.status == 404)
      #expect(gone.text == "{\"message\":\"Unable to find this Contact\"}")
      let empty = try await world.api("POST", "/crm/rest/v1/contacts", token, "{}")
      #expect(empty.status == 400)
      #expect(empty.text == "{\"message\":\"Contact must contain an e-mail address or phone number\"}")
    }
  }

  @Test("v2 adds, upserts by the query, changes by mask, lists by filter and deletes a contact")
  func v2() async throws {
    try await IssuerSiteWorld.serving { world in
      let token = try await Browser(world).tokens("ann@example.org", world.shopClient).accessToken
      let body = "{\"given_name\":\"Ann\",\"email_addresses\":[{\"field\":\"EMAIL1\",\"email\":\"a@example.org\"}]}"
      let made = try await world.api("POST", "/crm/rest/v2/contacts?duplicate_option=Email", token, body)
      #expect(made.status == 201)
      let id = try #require(try json(made)["id"]?.string)
      let again = try await world.api("POST", "/crm/rest/v2/contacts?duplicate_option=Email", token, body)
      #expect(again.status == 200)
      #expect(try json(again)["id"]?.string == id)
      #expect(
        try await world.api("POST", "/crm/rest/v2/contacts", token, body).status == 201, "without a rule a POST adds")
      let patched = try await world.api(
        "PATCH", "/crm/rest/v2/contacts/\(id)?update_mask=family_name&update_mask=job_title", token,
        "{\"given_name\":\"No\",\"family_name\":\"Lee\",\"job_title\":\"Cook\"}")
      #expect(patched.status == 200)
      let read = try json(try await world.api("GET", "/crm/rest/v2/contacts/\(id)", token))
      #expect(read["given_name"] == "Ann")
      #expect(read["family_name"] == "Lee")
      #expect(read["job_title"] == "Cook")
      let list = try json(
        try await world.api(
          "GET", "/crm/rest/v2/contacts?filter=email%3D%3Da%40example.org&page_size=1&fields=id", token))
      #expect(list["contacts"]?.array == [["id": .string(id)]])
      let next = try #require(list["next_page_token"]?.string)
      let rest = try json(
        try await world.api(
          "GET", "/crm/rest/v2/contacts?filter=email%3D%3Da%40example.org&page_size=1&page_token=\(next)", token))
      #expect(rest["contacts"]?.array?.count == 1)
      let unknown = try await world.api("GET", "/crm/rest/v2/contacts/999", token)
      #expect(unknown.status == 404)
      #expect(try json(unknown)["details"]?[0]?["resource"] == "GET /rest/v2/contacts/999")
      let rule = try await world.api("POST", "/crm/rest/v2/contacts?duplicate_option=Name", token, body)
      #expect(rule.status == 400)
      #expect(try await world.api("DELETE", "/crm/rest/v2/contacts/\(id)", token).status == 204)
      #expect(try await world.api("GET", "/crm/rest/v2/contacts/\(id)", token).status == 404)
    }
  }

  @Test("a list of contacts repeats what it was asked, and its last page has an empty token")
  func contactList() async throws {
    try await IssuerSiteWorld.serving { world in
      let calls = try await KeapCalls(world)
      let id = try await calls.contact()
      let asked = "email=&since=2024-06-03T22:17:59.039Z"
      let list = try await calls.call("GET", "v1/contacts?limit=2&\(asked)&order_direction=&access=x")
      #expect(list["count"] == 1)
      let start = "http://127.0.0.1:8443/crm/rest/v1/contacts/"
      #expect(
        list["next"] == .string(start + "?limit=2&offset=2&since=2024-06-03T22:17:59.039Z&order=id"), "as recorded")
      #expect(
        list["previous"] == .string(start + "?limit=2&offset=0&since=2024-06-03T22:17:59.039Z&order=id"))
      let patched = try await calls.call(
        "PATCH", "v2/contacts/\(id)?fields=id,job_title", ["job_title": "Cook", "company": ["id": ""]])
      #expect(patched == ["id": .string(String(id)), "job_title": "Cook"])
      let page = try await calls.call("GET", "v2/contacts?order_by=&page_size=0&filter=&fields=id")
      #expect(page == ["contacts": [["id": .string(String(id))]], "next_page_token": ""])
    }
  }

  @Test("companies are found or made by name, in both versions")
  func companies() async throws {
    try await IssuerSiteWorld.serving { world in
      let token = try await Browser(world).tokens("ann@example.org", world.shopClient).accessToken
      let made = try await world.api("POST", "/crm/rest/v1/companies", token, "{\"company_name\":\"Café Zoë\"}")
      #expect(made.status == 201)
      let id = try #require(try json(made)["id"]?.integer)
      let again = try await world.api("POST", "/crm/rest/v2/companies", token, "{\"company_name\":\"CAFÉ  ZOË\"}")
      #expect(try json(again)["id"]?.string == String(id))
      let found = try await world.api("GET", "/crm/rest/v1/companies?company_name=caf%C3%A9%20zo%C3%AB", token)
      #expect(try json(found)["companies"]?[0]?["id"]?.integer == id)
      let filtered = try await world.api("GET", "/crm/rest/v2/companies?filter=company_name%3D%3DNobody", token)
      #expect(try json(filtered)["companies"] == [])
      #expect(try json(try await world.api("GET", "/crm/rest/v2/companies/\(id)", token))["company_name"] == "Café Zoë")
      #expect(try await world.api("GET", "/crm/rest/v1/companies/999", token).status == 404)
    }
  }

  @Test("a body that is no JSON, too deep or too long is refused with the place or the size")
  func badBodies() async throws {
    try await IssuerSiteWorld.serving { world in
      let token = try await Browser(world).tokens("ann@example.org", world.shopClient).accessToken
      let broken = try await world.api("POST", "/crm/rest/v1/contacts", token, "{\"given_name\": ann@example.org}")
      #expect(broken.status == 400)
      #expect(broken.text.contains("at byte 15"))
      let deep = String(repeating: "[", count: 2000)
      #expect(try await world.api("POST", "/crm/rest/v2/contacts", token, deep).status == 400)
      let long = "{\"given_name\":\"" + String(repeating: "x", count: 1 << 20) + "\"}"
      #expect(try await world.api("POST", "/crm/rest/v1/contacts", token, long).status == 413)
    }
  }
}
