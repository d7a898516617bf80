import Testing
import XMLRPC

/// The encodings that old clients declare, and what they send under their names.
@Suite struct DocumentEncodingTests {
  /// Reads a value whose text is these bytes.
  private func read(_ bytes: [UInt8], declared: String?, mark: [UInt8] = []) throws -> XMLRPCValue? {
    let declaration = declared.map { "<?xml version='1.0' encoding='\($0)'?>\r\n" } ?? ""
    let head = "\(declaration)<methodCall><methodName>m</methodName><params><param><value>"
    let tail = "</value></param></params></methodCall>"
    return try MethodCall.parse(mark + Array(head.utf8) + bytes + Array(tail.utf8)).arguments.first
  }

  @Test(arguments: ["ISO-8859-1", "iso-8859-1", "Latin1", "LATIN1", "windows-1252", "Windows-1252"])
  func `K32 a document of ISO-8859-1 is read as windows-1252`(name: String) throws {
    // As the Encoding Standard's index of windows-1252 has them.
    let controls =
      "€\u{81}‚ƒ„…†‡ˆ‰Š‹Œ\u{8D}Ž\u{8F}\u{90}‘’“”•–—˜™š›œ\u{9D}žŸ"
    #expect(controls.unicodeScalars.count == 32)
    #expect(try read(Array(0x80...0x9F), declared: name) == .string(controls))
    let others = String(String.UnicodeScalarView((UInt8(0xA0)...0xFF).map { Unicode.Scalar($0) }))
    #expect(try read(Array(0xA0...0xFF), declared: name) == .string(others))
    #expect(try read([0x4D, 0xFC, 0x6C, 0x6C, 0x65, 0x72, 0x20, 0x96, 0x20, 0x80], declared: name) == "Müller – €")
  }

  /// As XML has it: what PHP makes references of, byte by byte, comes back to PHP as these bytes.
  @Test(arguments: ["iso-8859-1", "windows-1252", "UTF-8", "us-ascii", nil])
  func `K32 a reference names a character of Unicode in each encoding`(name: String?) throws {
    #expect(try read(Array("&#150;&#x80;&#233;&#256;".utf8), declared: name) == "\u{96}\u{80}éĀ")
  }

  @Test(arguments: ["UTF-8", "utf-8", "Utf-8", "US-ASCII", "us-ascii", nil])
  func `K32 under any other name that is taken bytes beyond ASCII are UTF-8`(name: String?) throws {
    #expect(try read(Array("é€\u{85}".utf8), declared: name) == "é€\u{85}")
    // In a comment too, of which nothing is read.
    for bytes in [[0x96], Array("<!-- ".utf8) + [0x96] + Array(" -->".utf8)] as [[UInt8]] {
      let fault = #expect(throws: XMLRPCFault.self) { try read(bytes, declared: name) }
      #expect(fault?.sentence.contains("not UTF-8") == true)
    }
  }

  @Test(arguments: ["UTF-16", "utf8", "ISO-8859-15", "Shift_JIS", "windows-1251", "x-user-defined"])
  func `K32 an encoding that is not taken is refused with its name`(name: String) {
    let fault = #expect(throws: XMLRPCFault.self) { try read([], declared: name) }
    let words = "its encoding is \(name), and neither UTF-8, US-ASCII, ISO-8859-1 nor windows-1252"
    #expect(fault?.sentence.contains(words) == true, "\(fault?.sentence ?? "")")
  }

  @Test(arguments: ["", " ", "é", "8859", "UTF-8 ", "a\u{1}", String(repeating: "a", count: 41)])
  func `K32 a name that no encoding can have is not told`(name: String) {
    let fault = #expect(throws: XMLRPCFault.self) { try read([], declared: name) }
    #expect(fault?.sentence.contains("an XML declaration that is none") == true, "\(fault?.sentence ?? "")")
  }

  @Test func `K32 a byte-order mark says that it is UTF-8, whatever is declared`() throws {
    #expect(try read(Array("é".utf8), declared: "iso-8859-1", mark: [0xEF, 0xBB, 0xBF]) == "é")
    #expect(throws: XMLRPCFault.self) { try read([0xE9], declared: "iso-8859-1", mark: [0xEF, 0xBB, 0xBF]) }
  }

  @Test func `K32 what an instruction says of an encoding declares none`() throws {
    let text = "<methodCall><methodName>m</methodName><params><param><value>é</value></param></params></methodCall>"
    let call = try MethodCall.parse("<?xml-stylesheet encoding='iso-8859-1'?>\(text)".utf8)
    #expect(call.arguments == ["é"])
  }

  @Test func `what is read of the controls is written as it was`() throws {
    let written = MethodResponse.value("\u{7F}\u{85}\u{96}\u{1}\u{FFFF}").serialized()
    #expect(String(decoding: written, as: UTF8.self).contains("<value>\u{7F}\u{85}\u{96}\u{FFFD}\u{FFFD}</value>"))
  }
}
