import TestKit
import Testing
import Wire
import XMLRPC

/// Reads what stands between the tags of one argument.
func value(_ text: String) throws(XMLRPCFault) -> XMLRPCValue {
  let call = try MethodCall.parse(
    "<methodCall><methodName>m</methodName><params><param>\(text)</param></params></methodCall>".utf8)
  return call.arguments.first ?? .null
}

@Suite struct ValueTests {
  @Test(
    arguments: [
      ("<value><int>-7</int></value>", .int(-7)), ("<value><i4> 2147483647\n</i4></value>", .int(.max)),
      ("<value><string>a b</string></value>", "a b"), ("<value>  untyped </value>", "  untyped "),
      ("<value></value>", ""), ("<value/>", ""), ("<value><string/></value>", ""),
      ("<value><boolean>0</boolean></value>", false), ("<value><double>-2.5e1</double></value>", .double(-25)),
      ("<value><base64>aGk\n h\n</base64></value>", .base64(Array("hi!".utf8))), ("<value><nil/></value>", .null),
      ("<value>\n  <array><data>\n <value>1</value> </data></array>\n</value>", .array(["1"])),
      ("<value><array/></value>", .array([])),
      ("<value><struct/></value>", .structure([:])),
      ("<value>a<!-- b -->c<![CDATA[<&]]>&#x41;&#10;</value>", "ac<&A\n"),
      ("<value>&lt;&gt;&amp;&apos;&quot;</value>", "<>&'\""), ("<value xml:space='preserve'>x</value>", "x"),
      ("<value>a\r\nb\rc</value>", "a\nb\nc"), ("<value>a&#13;b&#xA;c</value>", "a\rb\nc"),
      ("<value>\u{7F}\u{80}\u{85}\u{9F}\u{2028}\u{FFFD}</value>", "\u{7F}\u{80}\u{85}\u{9F}\u{2028}\u{FFFD}"),
      ("<value>&#127;&#x85;&#xFFFD;&#x10FFFF;</value>", "\u{7F}\u{85}\u{FFFD}\u{10FFFF}"),
      ("<value><i4>+5</i4></value>", 5), ("<value><int>-2147483648</int></value>", .int(.min)),
      ("<value><boolean> true </boolean></value>", true),
      ("<value><double>5e-324</double></value>", .double(.leastNonzeroMagnitude)),
      ("<value><base64/></value>", .base64([])), ("<value><base64>+/8=</base64></value>", .base64([0xFB, 0xFF])),
      ("<value><?a b?><!--c--><int>1</int><!--d--></value>", 1),
    ] as [(String, XMLRPCValue)]) func `values are read`(text: String, expected: XMLRPCValue) throws
  {
    #expect(try value(text) == expected)
  }

  @Test(
    arguments: [
      ("<value><i8>1</i8></value>", "<i8>: whole numbers have 32 bits here"),
      ("<value><int>2147483648</int></value>", "<int> with something in it that is none"),
      ("<value><int></int></value>", "<int> with"), ("<value><boolean>2</boolean></value>", "<boolean> with"),
      ("<value><double>nan</double></value>", "<double> with"),
      ("<value><double>1e999</double></value>", "<double> with"),
      ("<value><dateTime.iso8601>20260230T10:00:00</dateTime.iso8601></value>", "<dateTime.iso8601> with"),
      ("<value><base64>*</base64></value>", "<base64> with"), ("<value><float>1</float></value>", "<float> is no type"),
      ("<value>a<int>1</int></value>", "text beside the type"), ("<value><int>1</int>a</value>", "text in <value>"),
      ("<value><int>1</int><int>2</int></value>", "<int> where value has no such element"),
      (
        "<value><struct><member><name>a</name><value/></member><member><name>a</name><value/></member></struct></value>",
        "a member of a struct given twice"
      ),
      ("<value><struct><member><name>a</name></member></struct></value>", "<value> is missing"),
      ("<value>&nbsp;</value>", "a reference to no character"), ("<value>&#0;</value>", "a reference to no character"),
      ("<value>&#x1F;</value>", "a reference to no character"),
      ("<value>&amp</value>", "an & that begins no reference"),
      ("<value>\u{1}</value>", "a control character"), ("<value>\u{1F}</value>", "a control character"),
      ("<value>\u{FFFE}</value>", "a character that is none"), ("<value>]]></value>", "the end of a CDATA section"),
      ("<value><!-- a -- b --></value>", "two dashes in a comment"),
      ("<value></param>", "a closing tag for an element"),
      ("<value a=1>x</value>", "an attribute without quotes"), ("<value><?xml version='1.0'?></value>", "a second one"),
      ("<value a='<'>x</value>", "an attribute that never closes"),
      ("<value a>x</value>", "an attribute without a value"),
      ("<value><int>-2147483649</int></value>", "<int> with"), ("<value><i4>1.0</i4></value>", "<i4> with"),
      ("<value><int>1 2</int></value>", "<int> with"), ("<value><int>\u{A0}1</int></value>", "<int> with"),
      ("<value><int>0x10</int></value>", "<int> with"), ("<value><double>0x1p3</double></value>", "<double> with"),
      ("<value><double>0.\(String(repeating: "1", count: 399))</double></value>", "<double> with"),
      ("<value><boolean>True</boolean></value>", "<boolean> with"), ("<value><boolean/></value>", "<boolean> with"),
      ("<value><dateTime.iso8601>20261123T24:00:00</dateTime.iso8601></value>", "<dateTime.iso8601> with"),
      ("<value><dateTime.iso8601>20261123T1600</dateTime.iso8601></value>", "<dateTime.iso8601> with"),
      ("<value><dateTime.iso8601>11/23/2026</dateTime.iso8601></value>", "<dateTime.iso8601> with"),
      ("<value><dateTime.iso8601/></value>", "<dateTime.iso8601> with"),
      ("<value><base64>aGk</base64></value>", "<base64> with"),
      ("<value><base64>aGk=aGk=</base64></value>", "<base64> with"),
      ("<value><base64>a-_k</base64></value>", "<base64> with"), ("<value><nil>0</nil></value>", "<nil> with"),
      ("<value><int><i4>1</i4></int></value>", "<i4> where int has no such element"),
      ("<value><string>a<int>1</int></string></value>", "an element in <string>"),
      ("<value><string>a</value></string>", "a closing tag for an element that is not open"),
      ("<value><struct><value/></struct></value>", "<value> where struct has no such element"),
      ("<value><array><value/></array></value>", "<value> where array has no such element"),
      ("<value><array><data/><data/></array></value>", "<data> where array has no such element"),
      (
        "<value><struct><member><name>\(String(repeating: "a", count: 256))</name><value/></member></struct></value>",
        "a member's name longer than 255"
      ),
      ("<value>&b;</value>", "an entity that is not one of the five"), ("<value>&#xD800;</value>", "no character"),
      ("<value>&#x110000;</value>", "no character"), ("<value>&#+65;</value>", "no character"),
      ("<value>&#x0000000000000041;</value>", "an & that begins no reference"),
      ("<value><![CDATA[a</value>", "never closes"), ("<value><!-- a</value>", "never closes"),
      ("<value><\(String(repeating: "a", count: 33))/></value>", "a name longer than 32"),
      ("<value><é/></value>", "a tag without a name"),
    ] as [(String, String)]) func `K32 what is no value is refused with its reason`(text: String, reason: String)
  {
    let fault = #expect(throws: XMLRPCFault.self) { try value(text) }
    #expect(fault?.code == 0)
    #expect(fault?.sentence.hasPrefix("Failed to parse XML-RPC request: ") == true)
    #expect(fault?.sentence.contains(reason) == true, "\(fault?.sentence ?? "")")
  }

  @Test(
    arguments: [
      ("", "the text ends too early"), ("<methodCall>", "the text ends too early"),
      ("<methodCall><methodName>m</methodName></methodCall><a/>", "more than one element"),
      ("<methodCall><methodName>m</methodName></methodCall>x", "more text after the call"),
      ("x<methodCall/>", "text before the call"), ("<methodResponse/>", "<methodResponse> where <methodCall> must be"),
      ("<methodCall><methodName>a b</methodName></methodCall>", "a method's name that is none"),
      ("<!DOCTYPE a [<!ENTITY b 'c'>]><methodCall/>", "a document type"),
      ("<!DOCTYPE methodCall><methodCall/>", "a document"),
      ("<?xml version='1.0'?>\n<!DOCTYPE a SYSTEM 'http://example.org/a.dtd'><methodCall/>", "a document type"),
      (
        "<!DOCTYPE a [<!ENTITY b 'cc'><!ENTITY d '&b;&b;'>]><methodCall><methodName>&d;</methodName></methodCall>",
        "a document type"
      ),
      ("<methodCall><!ENTITY b 'c'></methodCall>", "another declaration"),
      ("<?xml version='1.0'?><?xml version='1.0'?><methodCall/>", "a second one"),
      (" <?xml version='1.0'?><methodCall/>", "not at the very beginning"),
      ("<?xml encoding='UTF-8'?><methodCall/>", "an XML declaration that is none"),
      ("<?xml version='1.0' encoding='UTF-8' encoding='latin1'?><methodCall/>", "an XML declaration that is none"),
      ("<?xml version='1.0'><methodCall/>", "an XML declaration that does not close"),
      ("<?xml version='1.0' encoding='latin1", "an attribute that never closes"),
      ("<methodCall><methodName>m</methodCall></methodName>", "a closing tag for an element that is not open"),
      ("<methodCall></methodName></methodCall>", "a closing tag for an element that is not open"),
      ("</methodCall>", "a closing tag for an element that is not open"),
      ("<methodCall><methodName>m</methodName><params><param/></params></methodCall>", "<value> is missing"),
      (
        "<methodCall><methodName>m</methodName><params><value/></params></methodCall>",
        "<value> where params has no such"
      ),
    ] as [(String, String)]) func `K32 what is no call is refused with its reason`(text: String, reason: String)
  {
    let fault = #expect(throws: XMLRPCFault.self) { try MethodCall.parse(text.utf8) }
    #expect(fault?.sentence.contains(reason) == true, "\(fault?.sentence ?? "")")
  }

  @Test func `broken UTF-8 is refused`() {
    let head = Array("<methodCall><methodName>m</methodName><params><param><value>".utf8)
    let tail = Array("</value></param></params></methodCall>".utf8)
    for broken: [UInt8] in [[0xC3, 0x28], [0xFC], [0xED, 0xA0, 0x80], [0xC0, 0xAF]] {
      let fault = #expect(throws: XMLRPCFault.self) { try MethodCall.parse(head + broken + tail) }
      #expect(fault?.sentence.contains("not UTF-8") == true)
    }
  }

  @Test func `K32 32 values within one another are read, 33 are not`() throws {
    func nested(_ depth: Int) -> String {
      String(repeating: "<value><array><data>", count: depth - 1) + "<value/>"
        + String(repeating: "</data></array></value>", count: depth - 1)
    }
    #expect(throws: Never.self) { try value(nested(32)) }
    let fault = #expect(throws: XMLRPCFault.self) { try value(nested(33)) }
    #expect(fault?.sentence.contains("nested deeper than 32") == true)
    #expect(throws: XMLRPCFault.self) { try value(String(repeating: "<value><array><data>", count: 20_000)) }
  }

  /// What a call can hold the most of.
  @Test(arguments: [
    ("<value/>", ""), ("", "&#65;"), ("", "<![CDATA[]]>"), ("", "<!---->"), ("", "<?a?>"), ("", "]]"), ("", "\r\n"),
    ("<value><array><data><value/></data></array></value>", ""), ("<value><struct/></value>", ""),
    ("<value><base64>AA==</base64></value>", ""), ("<value><double>1e-300</double></value>", ""),
  ]) func `K32 a call of a great many small pieces is read`(element: String, text: String) throws {
    let head = "<value>" + (element.isEmpty ? "" : "<array><data>")
    let tail = (element.isEmpty ? "" : "</data></array>") + "</value>", piece = element + text
    let count = (1 << 18) / piece.utf8.count
    let read = try value(head + String(repeating: piece, count: count) + tail)
    if element.isEmpty { #expect(read.string != nil) } else { #expect(read.array?.count == count) }
  }

  @Test func `K32 a mebibyte is read, a byte more is not`() {
    let least = "<methodCall><methodName>m</methodName></methodCall>"
    let filled = least + String(repeating: " ", count: (1 << 20) - least.utf8.count)
    #expect(throws: Never.self) { try MethodCall.parse(filled.utf8) }
    let fault = #expect(throws: XMLRPCFault.self) { try MethodCall.parse((filled + " ").utf8) }
    #expect(fault?.sentence.contains("longer than 1048576 bytes") == true)
  }

  @Test func `answers are written as Keap writes them`() {
    let time = WallTime("2026-11-23T16:00:00").map(XMLRPCValue.dateTime) ?? .null
    let answer = MethodResponse.value(["Id": 7, "a<b": "x & \"y\"", "When": time, "Is": true, "Of": ["", .null]])
    #expect(
      String(decoding: answer.serialized(), as: UTF8.self)
        == #"<?xml version="1.0" encoding="UTF-8"?><methodResponse><params><param><value><struct>"#
        + "<member><name>Id</name><value><i4>7</i4></value></member>"
        + "<member><name>Is</name><value><boolean>1</boolean></value></member>"
        + "<member><name>Of</name><value><array><data><value></value><value><nil/></value></data></array></value></member>"
        + "<member><name>When</name><value><dateTime.iso8601>20261123T16:00:00</dateTime.iso8601></value></member>"
        + #"<member><name>a&lt;b</name><value>x &amp; "y"</value></member>"#
        + "</struct></value></param></params></methodResponse>")
  }

  @Test func `faults are written as Keap writes them`() {
    #expect(
      String(decoding: MethodResponse.fault(XMLRPCFault(5, "No <such> record")).serialized(), as: UTF8.self)
        == #"<?xml version="1.0" encoding="UTF-8"?><methodResponse><fault><value><struct>"#
        + "<member><name>faultCode</name><value><i4>5</i4></value></member>"
        + "<member><name>faultString</name><value>No &lt;such&gt; record</value></member>"
        + "</struct></value></fault></methodResponse>")
  }
}

@Suite struct HostileCallTests {
  /// Reads what a value was written as.
  private func readBack(_ written: XMLRPCValue) throws -> XMLRPCValue {
    let text = String(decoding: MethodResponse.value(written).serialized(), as: UTF8.self)
    return try MethodCall.parse(
      text.replacing("<methodResponse>", with: "<methodCall><methodName>m</methodName>", maxReplacements: 1)
        .replacing("</methodResponse>", with: "</methodCall>").utf8
    ).arguments.first ?? .null
  }

  @Test(arguments: Array(UInt64(1)...100)) func `what is written is read back`(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let value = random.value(depth: 5)
    #expect(try readBack(value) == value)
  }

  @Test(arguments: Array(UInt64(1)...100)) func `a damaged call is read or refused, and never a crash`(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let marks = ["<", ">", "&", "</", "/>", "<value>", "</value>", "<![CDATA[", "]]>", "<!--", "&#x41;", "\"", "\u{0}"]
    for _ in 0..<40 {
      let value = random.value(depth: 4)
      var bytes = Array(
        String(decoding: MethodResponse.value(["k", value]).serialized(), as: UTF8.self)
          .replacing("methodResponse>", with: "methodCall>")
          .replacing("<params>", with: "<methodName>m</methodName><params>").utf8)
      for _ in 0...Int.random(in: 0...3, using: &random) where !bytes.isEmpty {
        let place = Int.random(in: bytes.indices, using: &random)
        switch Int.random(in: 0...4, using: &random) {
        case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
        case 1: bytes.remove(at: place)
        case 2: bytes.insert(contentsOf: (marks.randomElement(using: &random) ?? "").utf8, at: place)
        case 3: bytes.removeSubrange(place...)
        default: bytes.insert(contentsOf: Array(bytes[place...].prefix(60)), at: place)
        }
      }
      guard let call = try? MethodCall.parse(bytes) else { continue }
      #expect(call.name.utf8.count <= 255)
      for argument in call.arguments { #expect((try? readBack(argument)) == argument) }
    }
  }
}

extension SeededGenerator {
  mutating func text() -> String {
    let letters = Array("aZ09 <>&'\"\n\té你🙂\u{301}]-")
    return String((0..<Int.random(in: 0...12, using: &self)).compactMap { _ in letters.randomElement(using: &self) })
  }

  mutating func value(depth: Int) -> XMLRPCValue {
    switch Int.random(in: 0...(depth > 0 ? 9 : 6), using: &self) {
    case 0: return .int(Int32.random(in: .min ... .max, using: &self))
    case 1: return .bool(Bool.random(using: &self))
    case 2: return .double(Double.random(in: -1e9...1e9, using: &self))
    case 3:
      let moment = Timestamp(seconds: Int64.random(in: 0...4_000_000_000, using: &self))
      return WallTime(moment).map(XMLRPCValue.dateTime) ?? .null
    case 4:
      return .base64((0..<Int.random(in: 0...9, using: &self)).map { _ in UInt8.random(in: 0...255, using: &self) })
    case 5: return .null
    case 6: return .string(text())
    case 7, 8: return .array((0..<Int.random(in: 0...4, using: &self)).map { _ in value(depth: depth - 1) })
    default:
      return .structure(
        Dictionary((0..<Int.random(in: 0...4, using: &self)).map { _ in (text(), value(depth: depth - 1)) }) { $1 })
    }
  }
}
