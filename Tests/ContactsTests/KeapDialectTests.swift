import Contacts
import Testing
import Wire

/// Which of Keap's two versions a call is answered in.
@Suite struct KeapDialectTests {
  @Test(arguments: ["", "/", "/crmx/rest/v1", "/oauth/token", "//token", "/x/crm/rest/v1", "crmrest"])
  func `what is not below crm is in no version`(path: String) { #expect(KeapDialect(path: path) == nil) }

  @Test(arguments: [
    ("/crm", KeapDialect.v1), ("/crm/rest/v1/contacts", .v1), ("/crm/rest/v2/contacts", .v2),
    ("//crm//rest///v2/x", .v2),
    ("/crm/v2/rest", .v1), ("/crm/rest/v22/contacts", .v1), ("/crm/rest/V2", .v1), ("crm/rest/v2", .v2),
  ])
  func `a path is in the version that it names, and in the first where it names none`(
    path: String, dialect: KeapDialect
  ) {
    #expect(KeapDialect(path: path) == dialect)
  }

  @Test func `an error has its message in both versions, and the resource in the second`() {
    #expect(KeapDialect.v1.error(404, "no", resource: "GET /x") == ["message": "no"])
    #expect(KeapDialect.v2.error(404, "no", resource: "GET /x")["message"]?.string == "no")
    #expect(KeapDialect.v2.error(404, "no", resource: "GET /x")["details"]?[0]?["resource"]?.string == "GET /x")
  }
}
