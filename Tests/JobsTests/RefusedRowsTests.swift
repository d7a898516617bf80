import Contacts
import Testing
import Wire

@testable import Jobs

/// Refused rows as a file that is mended and imported.
struct RefusedRowsTests {
  private func parsed(
    _ bytes: [UInt8], _ encoding: TextEncoding
  ) throws -> (file: CustomerFile, rows: [CustomerFile.Row]) {
    var file = CustomerFile(.init(encoding: encoding))
    let rows = try file.feed(bytes) + file.finish()
    return (file, rows)
  }

  private func refused(_ bytes: [UInt8], _ encoding: TextEncoding) throws -> [UInt8] {
    let (file, rows) = try parsed(bytes, encoding)
    let writer = RefusedRows(
      encoding: encoding, isMarked: bytes.starts(with: encoding.mark), header: file.header, delimiter: file.delimiter)
    return writer.head
      + rows.flatMap { row -> [UInt8] in
        if case .refused(let reason) = row.outcome {
          writer.line(row.raw, because: "line \(row.line): \(reason)")
        } else {
          []
        }
      }
  }

  private let text = #"""
    email;first name;city
    ada@example.org;Ada;Rome
    nobody;"Zoë; ""Zo""";Köln
    ben@example.org;Ben
    eve@example.org;"Eve"x;Rome
    "two@@example.org";"Two
    lines";Rome

    """#

  @Test("each encoding keeps its own, with its mark, and the rows are refused again for the same reasons")
  func again() throws {
    for encoding in TextEncoding.allCases {
      let bytes = encoding.mark + encoding.bytes(text)
      let file = try refused(bytes, encoding)
      #expect(file.starts(with: encoding.mark))
      let (read, rows) = try parsed(file, encoding)
      #expect(read.columns?.names == ["refused because", "email", "first name", "city"])
      #expect(rows.count == 4, "\(encoding): \(rows)")
      #expect(rows.allSatisfy { if case .refused = $0.outcome { true } else { false } })
      // Refused once more, the file has its one column of reasons.
      let again = try parsed(try refused(file, encoding), encoding)
      #expect(again.file.columns?.names == read.columns?.names)
      #expect(again.rows.count == 4)
    }
  }

  @Test("it says why in words that no spreadsheet takes for a formula, beside the row as it stood")
  func form() throws {
    let file = String(decoding: try refused(Array(text.utf8), .utf8), as: UTF8.self)
    #expect(
      file == #"""
        refused because;email;first name;city
        line 3: e-mail address nobody has no @;nobody;"Zoë; ""Zo""";Köln
        line 4: 2 columns where the first line names 3: too few;ben@example.org;Ben
        line 5: text follows a closing quote: double a quote that belongs to the text;eve@example.org;"Eve"x;Rome
        line 6: e-mail address two@@example.org has more than one @;"two@@example.org";"Two
        lines";Rome

        """#)
  }

  @Test("mended, its rows are taken, and the reasons say nothing")
  func mended() throws {
    let file = String(decoding: try refused(Array(text.utf8), .utf8), as: UTF8.self)
      .replacing(";nobody;", with: ";nobody@example.org;").replacing(";Ben\n", with: ";Ben;Rome\n")
      .replacing("\"Eve\"x", with: "Eve x").replacing("\"two@@", with: "\"two@")
    let taken = try parsed(Array(file.utf8), .utf8).rows.compactMap { row -> String? in
      guard case .accepted(let entry, let warnings) = row.outcome, warnings.isEmpty else { return nil }
      return entry.change.email
    }
    #expect(taken == ["nobody@example.org", "ben@example.org", "eve@example.org", "two@example.org"])
  }
}
