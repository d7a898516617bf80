import TestKit
import Testing
import Wire
import XMLRPC

/// What clients of Keap's XML-RPC send, in the form that was recorded of each.
@Suite struct RecordedCallTests {
  @Test(
    arguments: [
      (RecordedXMLRPC.python, "ContactService.add", ["key", ["FirstName": "Py", "Email": "p@example.org"]]),
      (.ruby, "ContactService.add", ["key", ["FirstName": "Rb"]]),
      (.perl, "ContactService.add", ["key", ["FirstName": "Pl"]]),
      (.c(contact: 77), "ContactService.load", ["key", 77, "array/(s/Id)"]),
    ] as [(RecordedXMLRPC, String, [XMLRPCValue])]) func `the clients of Python, Ruby, Perl and C`(
      recorded: RecordedXMLRPC, name: String, arguments: [XMLRPCValue]
    ) throws
  {
    #expect(try MethodCall.parse(recorded.body.utf8) == MethodCall(name, arguments))
  }

  @Test func `the PHP SDK, with text that is escaped and letters beyond ASCII`() throws {
    let call = try MethodCall.parse(
      (#"<?xml version="1.0" encoding="UTF-8"?><methodCall><methodName>ContactService.add</methodName><params><param>"#
        + "<value><string>backwards-compatability</string></value></param><param><value><struct><member>"
        + "<name>FirstName</name><value><string>Ann</string></value></member><member><name>LastName</name><value>"
        + "<string>L&lt;&amp;é</string></value></member></struct></value></param></params></methodCall>").utf8)
    #expect(
      call == MethodCall("ContactService.add", ["backwards-compatability", ["FirstName": "Ann", "LastName": "L<&é"]]))
  }

  @Test func `the PHP SDK's query, with arrays and a boolean`() throws {
    let call = try MethodCall.parse(
      (#"<?xml version="1.0" encoding="UTF-8"?><methodCall><methodName>DataService.query</methodName><params><param>"#
        + "<value><string>k</string></value></param><param><value><string>Contact</string></value></param><param>"
        + "<value><int>10</int></value></param><param><value><int>0</int></value></param><param><value><struct>"
        + "<member><name>Email</name><value><string>ann@%</string></value></member></struct></value></param><param>"
        + "<value><array><data><value><string>Id</string></value><value><string>DateCreated</string></value></data>"
        + "</array></value></param><param><value><string>Id</string></value></param><param><value><boolean>1</boolean>"
        + "</value></param></params></methodCall>").utf8)
    #expect(
      call
        == MethodCall(
          "DataService.query", ["k", "Contact", 10, 0, ["Email": "ann@%"], ["Id", "DateCreated"], "Id", true]))
  }

  @Test func `an old PHP client that declares ISO-8859-1`() throws {
    var body = Array(
      (#"<?xml version="1.0" encoding="iso-8859-1"?><methodCall><methodName>ContactService.add</methodName><params>"#
        + "<param><value>M").utf8)
    body += [0xFC]
    body += "ller</value></param></params></methodCall>".utf8
    #expect(try MethodCall.parse(body) == MethodCall("ContactService.add", ["Müller"]))
  }

  @Test func `a call without parameters`() throws {
    for params in ["", "<params/>", "<params></params>"] {
      let call = try MethodCall.parse(
        "<methodCall><methodName>DataService.getUserInfo</methodName>\(params)</methodCall>".utf8)
      #expect(call == MethodCall("DataService.getUserInfo", []))
    }
  }
}
