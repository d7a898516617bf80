import Foundation
import TestKit
import Testing

extension RealPrograms {
  /// Contacts as a file that goes out of the real issuer and in again.
  @Suite("an export that is imported") struct ExportedContacts {
    private static let texts = [
      "=1+1", "+49 30", "-x", "@a", "'tis", "''x", "a,b;c", "say \"hi\"", "0017", "x ::: y", "NULL", "Größe", "伊藤",
      "🙂 ok", "O'Neil",
    ]

    /// What stands in a column of an export, as a text that spreadsheets or CSV could take for something else.
    private func content(of column: String, _ number: Int, _ random: inout SeededGenerator) -> String {
      let part = column.split(separator: " ").last ?? ""
      switch column {
      case "id": return ""
      case "email": return "p\(number)@example.org"
      case "email 2", "email 3": return "p\(number).\(part)@example.org"
      case "birthday", "anniversary": return "1985-03-15"
      case "tags": return Self.tags.shuffled(using: &random).prefix(2).joined(separator: " ::: ")
      case "custom:Long note": return ["a\nb", "\"\r\n\"", "\tx"].randomElement(using: &random) ?? ""
      case "custom:Price": return ["0.00001", "-12.5", "7"].randomElement(using: &random) ?? ""
      case "custom:Colours": return ["Red", "=Blue", "Red,=Blue"].randomElement(using: &random) ?? ""
      case let name where name.hasSuffix(" region"): return "US-AZ"
      case let name where name.hasSuffix(" country"): return "USA"
      case let name where name.hasSuffix(" post code"): return "85001"
      default: return Self.texts.randomElement(using: &random) ?? ""
      }
    }

    private static let tags = ["VIP", "a, b", "=sum", "Größe 7"]

    private func cell(_ text: String) -> String {
      let isFormula = text.unicodeScalars.first.map { "=+-@\t\r'".unicodeScalars.contains($0) } == true
      return "\"" + ((isFormula ? "'" : "") + text).replacing("\"", with: "\"\"") + "\""
    }

    /// The rows of a file, each by its address and column, without the number of the contact and with its tags in one order.
    private func rows(_ text: String) throws -> [String: [String: String]] {
      var records: [[String]] = [[""]], isQuoted = false
      for scalar in text.unicodeScalars {
        let last = records.count - 1, field = records[last].count - 1
        switch scalar {
        case "\"": isQuoted.toggle()
        case "," where !isQuoted: records[last].append("")
        case "\n" where !isQuoted: records.append([""])
        default: break
        }
        if isQuoted || scalar != "," && scalar != "\n" { records[last][field].unicodeScalars.append(scalar) }
      }
      let header = try #require(records.first), email = try #require(header.firstIndex(of: "email"))
      return Dictionary(
        uniqueKeysWithValues: records.dropFirst().filter { $0.count == header.count }.map { cells in
          var row = Dictionary(uniqueKeysWithValues: zip(header, cells.map(bare)))
          row["id"] = nil
          // The apostrophe before a formula goes with whichever tag is the first.
          let tags = (row["tags"] ?? "").trimmingPrefix("'").split(separator: " ::: ")
          row["tags"] = tags.sorted().joined(separator: " ::: ")
          return (bare(cells[email]), row)
        })
    }

    private func bare(_ cell: String) -> String {
      guard cell.hasPrefix("\""), cell.hasSuffix("\""), cell.count > 1 else { return cell }
      return String(cell.dropFirst().dropLast()).replacing("\"\"", with: "\"")
    }

    /// Columns that say something only together, and are never left empty here.
    private func isPart(_ column: String) -> Bool {
      ["email", "phone", "fax", "billing", "shipping", "other"].contains { column.hasPrefix($0) }
    }

    @Test(
      "every column of an export comes back as it was, whether the contact is there or gone", arguments: UInt64(1)...2)
    func roundTrip(seed: UInt64) async throws {
      try await Stage.open { stage in
        _ = try await stage.openShop()
        let keeper = try await stage.startKeeper(), job = stage.job(keeper, keyFile: try await stage.addKey())
        let token = try await stage.token().accessToken
        for field in [
          #"{"label":"Long note","field_type":"TEXT_AREA"}"#, #"{"label":"Price","field_type":"CURRENCY"}"#,
          #"{"label":"Colours","field_type":"LIST_BOX","options":[{"label":"Red"},{"label":"=Blue"}]}"#,
        ] {
          let path = "/crm/rest/v2/contacts/model/customFields"
          let made = try await stage.callAPI("POST", path, token: token, body: field)
          #expect(made.status == 201, "\(made.body)")
        }
        func export(_ name: String) async throws -> String {
          try await stage.succeed(["contacts", "export", "--output", stage.file(name)], environment: job)
          return try stage.read(stage.file(name))
        }
        func importing(_ name: String) async throws -> String {
          try await stage.succeed(["contacts", "import", stage.file(name), "--create-tags"], environment: job).output
        }
        let columns = try await export("none.csv").split(separator: ",").map(String.init)
        var random = SeededGenerator(seed: seed), given = columns.joined(separator: ",") + "\n"
        for number in 1...12 {
          let cells = columns.map { column in
            let text = content(of: column, number, &random), isEmpty = Int.random(in: 0..<8, using: &random) == 0
            return isEmpty && !isPart(column) ? "" : text
          }
          given += cells.map(cell).joined(separator: ",") + "\n"
        }
        try stage.write(given, to: stage.file("given.csv"))
        #expect(try await importing("given.csv").contains("12 rows: 12 created"))
        let first = try await export("first.csv")
        let found = try rows(first)
        for (email, row) in try rows(given) {
          // An apostrophe before a formula is the file's, in both.
          for (column, text) in row { #expect(found[email]?[column] == text, "\(column) of \(email)") }
        }
        #expect(try await importing("first.csv").contains("12 rows: 0 created, 0 updated, 12 unchanged"))
        let listed = try await stage.callAPI(
          "GET", "/crm/rest/v2/contacts?page_size=100&fields=id,email_addresses", token: token)
        for contact in try listed.decoded(ContactList.self).contacts {
          let gone = try await stage.callAPI("DELETE", "/crm/rest/v2/contacts/\(contact.id)", token: token)
          #expect(gone.status == 204)
        }
        #expect(try await importing("first.csv").contains("12 rows: 12 created"))
        #expect(try rows(try await export("second.csv")) == found)
      }
    }
  }
}
