import Testing
import Wire

@testable import Contacts

/// What people say of columns, dates and lists in cells.
@Suite struct ColumnMapTests {
  private func columns(_ header: [String], _ maps: [String]) throws -> CustomerColumns {
    try CustomerColumns(header: header, maps: try maps.map { try ColumnMap($0) })
  }

  @Test func `a column becomes what somebody says, by its name as people write it`() throws {
    let columns = try columns(
      ["Kontakt", "Rufnummer", "a=b", "Email"],
      ["kontakt=email-2", "RUFNUMMER=Phone", "a=b=custom:a=b", "Email=email"])
    #expect(columns.columns[.email(.email2)] == [0] && columns.columns[.phone(.phone1)] == [1])
    #expect(columns.columns[.custom("a=b")] == [2] && columns.columns[.email(.email1)] == [3])
    #expect(columns.customFields == ["a=b"])
  }

  @Test func `what is said counts before the column's own name, and a column can be left out`() throws {
    let columns = try columns(["Email", "Other", "Phone"], ["Other=email", "Phone=nothing"])
    #expect(columns.columns[.email(.email1)] == [1, 0])
    #expect(columns.leftOut == [.init(column: "Phone", reason: "as you said")])
  }

  @Test func `of very many columns for one thing each names a few that come before it`() throws {
    let uses = try columns(Array(repeating: "Email", count: CSVReader.mostColumns), []).uses
    #expect(uses.count == CSVReader.mostColumns)
    #expect(uses[3].after.count == 3 && uses.map(\.after.count).max() == CustomerColumns.Use.mostAfter)
  }

  @Test(arguments: [
    ("Mail=emial", "a column cannot become emial. Is email meant?"),
    ("Mail=", "a column cannot become nothing at all."), ("Mail=custom:", "a column cannot become custom:."),
    ("=email", "=email names no column before the equals sign"),
    ("Mail", "Mail is not of the form COLUMN=TARGET"),
  ]) func `a mapping that is none is refused with what there is`(map: String, beginning: String) {
    let refusal = #expect(throws: ContactRefusal.self) { try ColumnMap(map) }
    #expect(refusal?.message.hasPrefix(beginning) == true, "\(refusal?.message ?? "")")
  }

  @Test func `a column that is not there is refused with the nearest that is`() {
    let refusal = #expect(throws: ContactRefusal.self) { try columns(["Email", "Shoe size"], ["Shoe sise=custom:x"]) }
    #expect(
      refusal?.message == "no column is called Shoe sise. Is Shoe size meant? The first line has Email, Shoe size")
  }

  @Test func `every target is found by its own name, in each way of writing it`() {
    for meaning in CustomerColumns.Meaning.fixed + [.fullName, .custom("x")] {
      #expect(CustomerColumns.Meaning(named: meaning.name) == meaning)
      #expect(
        CustomerColumns.Meaning(named: meaning.name.replacing(" ", with: "-").uppercased())?.name.lowercased()
          == meaning.name)
    }
    #expect(Set(CustomerColumns.Meaning.names).count == CustomerColumns.Meaning.names.count)
  }

  @Test func `a column that says why a row was refused is stepped over`() throws {
    let columns = try columns(["refused because", "Email"], [])
    #expect(columns.unknown == [] && columns.columns.count == 1)
  }

  @Test(
    arguments: [
      ("1985-03-15", nil, "1985-03-15", nil), ("1985/3/15", nil, "1985-03-15", nil),
      ("15.3.1985", nil, "1985-03-15", nil),
      ("3/15/1985", nil, "1985-03-15", nil), ("3/3/1985", nil, "1985-03-03", nil), ("0/0/00", nil, nil, nil),
      ("3/4/1985", nil, nil, "may be of two days: say which comes first with --dates"),
      ("3/4/1985", DateOrder.dayFirst, "1985-04-03", nil), ("3/4/1985", .monthFirst, "1985-03-04", nil),
      ("03/15", nil, nil, "has no year"), ("30.2.1985", nil, nil, "is no day of the calendar"),
      ("3/4/85", nil, nil, "is not of the form 1985-03-15"), ("soon", nil, nil, "is not of the form 1985-03-15"),
    ] as [(String, DateOrder?, String?, String?)]) func `a date is read where it can be of one day only`(
      text: String, order: DateOrder?, date: String?, fault: String?
    )
  {
    let read = DateOrder.read(text, order)
    #expect(read.date?.description == date && read.fault == fault)
  }

  @Test(arguments: [
    ("a, b,,c", ["a", "b", "c"]), ("a; b, c", ["a", "b, c"]), ("a, b ::: c;d ::: * myContacts", ["a, b", "c;d"]),
    ("\"x, y\",\"z\"", ["x, y", "z"]), ("", []), ("one", ["one"]),
  ]) func `names in a cell are parted as products part them`(cell: String, names: [String]) {
    #expect(CellList.names(in: cell) == names)
  }

  @Test(arguments: ["=1", "+1", "-1", "@a", "\ta", "\ra", "'a", "''", "a", "", "'", "é"])
  func `a cell is made harmless, and read back`(text: String) {
    #expect(TextCell.plain(TextCell.harmless(text)) == text)
  }
}
