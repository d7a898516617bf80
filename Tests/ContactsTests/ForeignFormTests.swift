import Testing

@testable import Contacts

/// Files that are no CSV.
struct ForeignFormTests {
  @Test(
    "a workbook, a PDF, a page and JSON are told by their first bytes",
    arguments: [
      ("PK\u{3}\u{4}\u{14}", .workbook), ("%PDF-1.7\n", .pdf), ("<!doctype html>", .page),
      ("\r\n <html>", .page), ("{\"id\": 1}", .json), ("\u{FEFF}[\n  {", .json), ("[]", .json),
    ] as [(String, ForeignForm)])
  func told(_ text: String, _ form: ForeignForm) { #expect(ForeignForm(head: text.utf8) == form) }

  @Test("a workbook of an earlier version is one, too")
  func earlier() { #expect(ForeignForm(head: [0xD0, 0xCF, 0x11, 0xE0, 0xA1] as [UInt8]) == ForeignForm.workbook) }

  @Test(
    "what may be CSV is none of them",
    arguments: [
      "", "email,name\n", "\n\nemail\n", "PK,email\n", "[Email],[Name]\n", "{Email}\n", "%,email\n", "\"<b>\",email\n",
    ])
  func mayBeCSV(_ text: String) { #expect(ForeignForm(head: text.utf8) == nil) }
}
