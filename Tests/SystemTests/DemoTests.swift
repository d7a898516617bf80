import Foundation
import NetworkKit
import TestKit
import Testing

extension RealPrograms {
  @Suite("demo") struct Demo {
    private struct Document: Decodable {
      struct Step: Decodable {
        var step: String
        var text: String
        var figures: [String: Int]
      }

      var version: Int
      var steps: [Step]
      var addresses: [String: String]

      func figures(of step: String) -> [[String: Int]] { steps.filter { $0.step == step }.map(\.figures) }
    }

    private static let shopify = Project.file("Tests/SystemTests/Fixtures/samples/customers-shopify.csv")
    private static let wooCommerce = Project.file("Tests/SystemTests/Fixtures/samples/customers-woocommerce.csv")

    @Test(
      "the demo goes from approval to revocation, its figures agree with the files and each other, and nothing is left")
    func figures() async throws {
      let rows = try Table(file: Self.shopify).rows.count
      try await Stage.open { stage in
        // What a demo that was killed has left.
        let left = stage.temporary + "/evergrant-demo-killed"
        try FileManager.default.createDirectory(atPath: left, withIntermediateDirectories: true)
        try stage.write("", to: left + "/server.lock")
        let ending = try await stage.evergrant(
          "demo", "--json", "--file", Self.shopify, "--file", Self.wooCommerce)
        try #require(ending.status == 0, "\(ending.errors)")
        let demo = try ending.decoded(Document.self)
        let imports = demo.figures(of: "import"), again = demo.figures(of: "again")
        try #require(imports.count == 2 && again.count == 1)
        #expect(imports[0]["rows"] == rows)
        #expect(imports[0]["created"] == rows)
        #expect(again[0]["created"] == 0)
        #expect(again[0]["unchanged"] == rows)
        #expect(imports[1]["rows"] == rows)
        #expect(imports[1]["created"] == 0)
        for report in imports + again { #expect(report["refused"] == 0) }
        let refresh = demo.figures(of: "refresh")
        #expect(refresh.first?["keeperRefreshes"] ?? 0 > 0)
        #expect(refresh.first?["keeperRefreshes"] == refresh.first?["issuerRotations"])
        #expect(refresh.first?["status"] == 200)
        #expect(demo.figures(of: "revoke").first?["revoked"] == 1)
        #expect([401, 403].contains(demo.figures(of: "refused").first?["status"] ?? 0))
        #expect(demo.figures(of: "status").first?["needsApproval"] == 1)
        #expect(try FileManager.default.contentsOfDirectory(atPath: stage.temporary) == [])
      }
    }

    @Test("docs/demo.md shows what the demo prints")
    func page() async throws {
      func steps(_ text: String) -> [String] {
        text.split(separator: "\n").filter { $0.prefixMatch(of: /\d+ +[A-Z]/) != nil }.map {
          String($0).replacing(/127\.0\.0\.1:\d+/, with: "127.0.0.1")
        }
      }
      let ending = try await Stage.open { try await $0.evergrant("demo") }
      let shown = try String(contentsOfFile: Project.file("docs/demo.md"), encoding: .utf8)
      #expect(!steps(ending.output).isEmpty && steps(shown) == steps(ending.output))
    }

    @Test("every name, accent, phone number, company and address of the sample reads back through the keeper")
    func recount() async throws {
      let table = try Table(file: Self.shopify)
      try await Stage.open { stage in
        let program = try stage.start(["demo", "--stay", "--json"])
        let text = try await program.says(/\{.*"version":1\}/).output
        let addresses = try JSONDecoder().decode(Document.self, from: Data(text.utf8)).addresses
        let key = try stage.read(try #require(addresses["keyFile"]))
        let answer = try await HTTP.send(
          "GET",
          try #require(addresses["keeper"])
            + "/via/shop/crm/rest/v2/contacts?page_size=1000&fields=id,given_name,family_name,email_addresses,"
            + "phone_numbers,company,addresses",
          headers: [("X-API-Key", key)])
        try #require(answer.status == 200, "\(answer.body)")
        let contacts = try answer.decoded(ContactList.self).contacts
        #expect(contacts.count == table.rows.count)
        let byEmail = Dictionary(contacts.map { ($0.email, $0) }) { first, _ in first }
        for row in table.rows {
          let contact = try #require(byEmail[row["Email"] ?? ""], "\(row)")
          #expect(contact.given_name == row["First Name"])
          #expect(contact.family_name == row["Last Name"])
          #expect(contact.phone_numbers?.first?.number == row["Phone"])
          #expect(contact.company?.company_name ?? "" == row["Company"])
          let address = try #require(contact.addresses?.first, "\(row)")
          #expect(address.field == "BILLING")
          #expect(address.line1 == row["Address1"])
          #expect(address.locality == row["City"])
          #expect(address.postal_code == row["Zip"])
          #expect(address.country_code == Self.countries[row["Country"] ?? ""])
          #expect(address.region_code ?? "" == Self.region(row))
        }
        #expect(try await program.terminate().status == 0)
      }
    }

    /// The codes of ISO 3166-1 for the sample's countries.
    private static let countries = [
      "Germany": "DEU", "Sweden": "SWE", "Italy": "ITA", "Vietnam": "VNM", "United Kingdom": "GBR", "Spain": "ESP",
      "Nigeria": "NGA", "United States": "USA", "Brazil": "BRA", "India": "IND", "France": "FRA", "Iceland": "ISL",
      "Netherlands": "NLD", "Ireland": "IRL", "Poland": "POL", "Canada": "CAN", "Denmark": "DNK",
      "Czech Republic": "CZE", "Finland": "FIN", "Romania": "ROU", "New Zealand": "NZL", "Japan": "JPN",
    ]

    /// The code of ISO 3166-2 for a row's province, where it has one.
    private static func region(_ row: [String: String]) -> String {
      let countries = ["United States": "US", "Canada": "CA", "Brazil": "BR", "India": "IN"]
      guard let province = row["Province"], !province.isEmpty, let country = countries[row["Country"] ?? ""] else {
        return ""
      }
      return "\(country)-\(province)"
    }
  }

  /// A comma-separated file with a line of names, read plainly.
  private struct Table {
    private(set) var rows: [[String: String]] = []

    init(file: String) throws {
      let lines = try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n").map(Self.fields)
      guard let names = lines.first else { return }
      rows = lines.dropFirst().map { Dictionary(zip(names, $0)) { first, _ in first } }
    }

    private static func fields(_ line: Substring) -> [String] {
      var fields = [""], isQuoted = false, rest = line
      while let character = rest.popFirst() {
        switch character {
        case "\"" where isQuoted && rest.first == "\"":
          rest.removeFirst()
          fields[fields.count - 1].append("\"")
        case "\"": isQuoted.toggle()
        case "," where !isQuoted: fields.append("")
        default: fields[fields.count - 1].append(character)
        }
      }
      return fields
    }
  }
}
