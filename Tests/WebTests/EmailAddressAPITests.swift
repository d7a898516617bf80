import Testing
import Wire

@Suite struct EmailAddressAPITests {
  @Test("v2 reads and changes the status of an address, and contacts show it")
  func v2() async throws {
    try await IssuerSiteWorld.serving { world in
      let calls = try await KeapCalls(world)
      let id = try await calls.contact("zoe+x@example.org")
      let path = "v2/emailAddresses/zoe%2Bx%40example.org/status"
      let read = try await calls.call("GET", path)
      #expect(read["email"] == "zoe+x@example.org" && read["opted_in"] == false && read["status"] == "NON_MARKETABLE")
      #expect(read["create_time"]?.string?.hasSuffix("Z") == true)
      let out = try await calls.call("PATCH", path, ["opted_in": false, "reason": "asked to stop"])
      #expect(out["status"] == "MANUAL")
      let email = try await calls.call("GET", "v2/contacts/\(id)")["email_addresses"]?[0]
      #expect(email?["email_opt_status"] == "MANUAL" && email?["is_opt_in"] == false)
      // An address may stand in the path as it is.
      let into = try await calls.call(
        "PATCH", "v2/emailAddresses/ZOE+x@example.org/status", ["opted_in": true, "reason": "asked for it"])
      #expect(into["status"] == "SINGLE_OPT_IN" && into["opted_in"] == true)
      let contact = try await calls.call("GET", "v1/contacts/\(id)")
      #expect(contact["email_opted_in"] == true && contact["email_status"] == "SingleOptIn")
    }
  }

  @Test("v1 replaces what is known of an address, in its own words")
  func v1() async throws {
    try await IssuerSiteWorld.serving { world in
      let calls = try await KeapCalls(world)
      let id = try await calls.contact()
      let path = "v1/emailAddresses/zoe@example.org"
      let out = try await calls.call("PUT", path, ["opted_in": false, "reason": "asked to stop"])
      #expect(out == ["email": "zoe@example.org", "opted_in": false, "status": "Opt-Out"])
      #expect(try await calls.call("GET", "v1/contacts/\(id)")["email_status"] == "Manual")
      let into = try await calls.call("PUT", path, ["opted_in": true, "reason": "asked for it"])
      #expect(into == ["email": "zoe@example.org", "opted_in": true, "status": "Unconfirmed"])
    }
  }

  @Test("what is not said, and what is no address, is refused in words")
  func refusals() async throws {
    try await IssuerSiteWorld.serving { world in
      let calls = try await KeapCalls(world)
      let path = "v2/emailAddresses/zoe@example.org/status"
      try await calls.refuse("GET", path, nil, 404, "Unable to find this Email Address")
      try await calls.refuse("PATCH", path, ["opted_in": true], 400, "reason is required")
      try await calls.refuse("PATCH", path, ["reason": "x"], 400, "opted_in is required")
      try await calls.refuse("PATCH", path, ["opted_in": "yes", "reason": "x"], 400, "opted_in must be true or false")
      try await calls.refuse("GET", "v2/emailAddresses/zoe/status", nil, 400, "The e-mail address has no @")
      let body: JSON = ["opted_in": false, "reason": "x"]
      try await calls.refuse(
        "PUT", "v1/emailAddresses/zoe@nowhere", body, 400, "The e-mail address has a domain without a dot")
      try await calls.call("PATCH", path, body)
      let others = try await KeapCalls(world, tenant: "Bright Books")
      try await others.refuse("GET", path, nil, 404, "Unable to find this Email Address")
    }
  }
}
