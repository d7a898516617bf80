import NetworkKit
import OAuth
import TestKit
import Testing
import Wire
import XMLRPC

@testable import Issuer
@testable import Outbound
@testable import Web

@Suite("Keap's limits at the issuer") struct KeapLimitTests {
  /// The fields that the answers recorded at Keap have.
  private static let recorded = [
    ("x-keap-product-spike-limit", "25ps"), ("x-keap-product-throttle-limit", "1500"),
    ("x-keap-product-throttle-time-unit", "minute"), ("x-keap-product-throttle-interval", "1"),
    ("x-keap-product-throttle-available", "1499"), ("x-keap-product-throttle-used", "1"),
    ("x-keap-product-quota-limit", "150000"), ("x-keap-product-quota-time-unit", "day"),
    ("x-keap-product-quota-interval", "1"), ("x-keap-product-quota-available", "149999"),
    // The world begins at 16:00 UTC on 23 November 2026.
    ("x-keap-product-quota-used", "1"), ("x-keap-product-quota-expiry-time", "1795478400000"),
    ("x-keap-tenant-id", "acme-shop.evergrant.test"), ("x-keap-tenant-throttle-limit", "10000|250000"),
    ("x-keap-tenant-throttle-time-unit", "minute|day"), ("x-keap-tenant-throttle-interval", "1|1"),
    ("x-keap-tenant-throttle-available", "9999|249999"), ("x-keap-tenant-throttle-used", "1|1"),
  ]

  @Test("by Keap's rules each answer of the API tells all of Keap's limits, and what is left of them")
  func told() async throws {
    try await IssuerSiteWorld.serving(adjust: { $0.dialect = .keap }) { world in
      let tokens = try await Browser(world).tokens("ann@example.org", world.shopClient)
      let first = try await world.api("GET", "/crm/rest/v1/contacts", tokens.accessToken)
      for (name, value) in Self.recorded { #expect(first[header: name] == value, "\(name)") }
      for (number, path) in ["v1/contacts/77", "v2/contacts/77", "v2/contacts"].enumerated() {
        let answer = try await world.api("GET", "/crm/rest/" + path, tokens.accessToken)
        #expect(answer[header: "x-keap-product-quota-used"] == String(number + 2), "errors too: \(path)")
      }
      let other = try await Browser(world).tokens(
        "ben@example.org", world.otherClient, redirectURI: "https://other.example/cb")
      let fifth = try await world.api("GET", "/crm/rest/v2/contacts", other.accessToken)
      #expect(fifth[header: "x-keap-product-quota-used"] == "1", "another app")
      #expect(fifth[header: "x-keap-tenant-throttle-used"] == "5|5", "the same tenant")
    }
  }

  @Test("a call of XML-RPC is one call, however many of REST answer it")
  func bridged() async throws {
    try await IssuerSiteWorld.serving(adjust: { $0.dialect = .keap }) { world in
      let calls = try await KeapCalls(world)
      _ = try await calls.contact()
      let body = XMLRPCCalls.body("ContactService.findByEmail", ["zoe@example.org", .array(["Id"])])
      let answer = try await world.client.send(
        "POST", world.base + "/crm/xmlrpc/v1",
        headers: [("Authorization", "Bearer \(calls.token.exposed)"), ("Content-Type", "text/xml")],
        body: Array(body.utf8))
      #expect(answer.status == 200)
      #expect(answer[header: "x-keap-product-quota-used"] == "2")
    }
  }

  @Test("one call too many is 429, in the words of the limit that it met, and has no effect")
  func refused() async throws {
    try await IssuerSiteWorld.serving(adjust: { $0.appLimits = CallLimits([.second: 2]) }) { world in
      let tokens = try await Browser(world).tokens("ann@example.org", world.shopClient)
      func call() async throws -> OutboundResponse {
        try await world.api("GET", "/crm/rest/v1/contacts", tokens.accessToken)
      }
      #expect(try await call().status == 200)
      #expect(try await call().status == 200)
      let third = try await call()
      #expect(third.status == 429 && third[header: "Retry-After"] == nil)
      #expect(
        try JSON.parse(third.body) == [
          "fault": [
            "faultstring": "Spike arrest violation. Allowed rate : 2ps",
            "detail": ["errorcode": "policies.ratelimit.SpikeArrestViolation"],
          ]
        ])
      #expect(third[header: "x-keap-product-spike-limit"] == "2ps")
      #expect(third[header: "x-keap-product-throttle-limit"] == nil, "there is no other limit")
    }
    try await IssuerSiteWorld.serving(adjust: { $0.appLimits = CallLimits([.day: 1]) }) { world in
      let tokens = try await Browser(world).tokens("ann@example.org", world.shopClient)
      #expect(try await world.api("GET", "/crm/rest/v2/contacts", tokens.accessToken).status == 200)
      let contact = #"{"email_addresses":[{"field":"EMAIL1","email":"a@example.org"}]}"#
      let second = try await world.api("POST", "/crm/rest/v2/contacts", tokens.accessToken, contact)
      #expect(second.status == 429 && second[header: "Retry-After"] == "28800", "at midnight")
      #expect(
        try JSON.parse(second.body) == [
          "code": "429", "message": "Quota Exceeded", "status": "Request Throttled", "details": .null,
        ])
    }
  }

  @Test("where nothing is limited no limit is told, and the tenant is")
  func unlimited() async throws {
    try await IssuerSiteWorld.serving { world in
      let tokens = try await Browser(world).tokens("ann@example.org", world.shopClient)
      for _ in 0..<30 {
        let answer = try await world.api("GET", "/crm/rest/v1/contacts", tokens.accessToken)
        #expect(answer.status == 200 && answer[header: "x-keap-tenant-id"] == "acme-shop.evergrant.test")
        for (name, _) in Self.recorded where name != "x-keap-tenant-id" {
          #expect(answer[header: name] == nil, "\(name)")
        }
      }
    }
  }
}
