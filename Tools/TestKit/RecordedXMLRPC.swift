/// A call of Keap's XML-RPC as a client of another language puts it on the wire, byte for byte but for host and token.
package struct RecordedXMLRPC: Sendable {
  /// The fields of the head but for Content-Length, in order, with `HOST` and `TOKEN` where these stand.
  var fields: [String]
  var query = ""
  package var body: String

  /// The whole request.
  package func request(host: String, token: String) -> String {
    (["POST /crm/xmlrpc/v1\(query) HTTP/1.1"] + fields + ["Content-Length: \(body.utf8.count)"])
      .joined(separator: "\r\n").replacing("HOST", with: host).replacing("TOKEN", with: token) + "\r\n\r\n" + body
  }
}

extension RecordedXMLRPC {
  package static let python = RecordedXMLRPC(
    fields: [
      "Host: HOST", "Authorization: Bearer TOKEN", "Accept-Encoding: gzip", "Content-Type: text/xml",
      "User-Agent: Python-xmlrpc/3.11",
    ],
    body: """
      <?xml version='1.0'?>
      <methodCall>
      <methodName>ContactService.add</methodName>
      <params>
      <param>
      <value><string>key</string></value>
      </param>
      <param>
      <value><struct>
      <member>
      <name>FirstName</name>
      <value><string>Py</string></value>
      </member>
      <member>
      <name>Email</name>
      <value><string>p@example.org</string></value>
      </member>
      </struct></value>
      </param>
      </params>
      </methodCall>

      """)

  package static let ruby = RecordedXMLRPC(
    fields: [
      "User-Agent: XMLRPC::Client (Ruby 3.1.7)", "Content-Type: text/xml; charset=utf-8", "Connection: keep-alive",
      "Authorization: Bearer TOKEN", "Accept-Encoding: identity", "Accept: */*", "Host: HOST",
    ], body: "<?xml version=\"1.0\" ?>" + addition("Rb") + "\n")

  package static let perl = RecordedXMLRPC(
    fields: [
      "TE: deflate,gzip;q=0.3", "Connection: TE, close", "Accept: text/xml", "Accept: multipart/*",
      "Accept: application/soap", "Authorization: Bearer TOKEN", "Host: HOST", "User-Agent: SOAP::Lite/Perl/1.27",
      "Content-Type: text/xml",
    ], body: "<?xml version=\"1.0\" encoding=\"UTF-8\"?>" + addition("Pl"))

  /// This client was recorded without a header for the token, which stands in the query then. It sends its own format string as
  /// a value.
  package static func c(contact: Int32) -> RecordedXMLRPC {
    RecordedXMLRPC(
      fields: ["Host: HOST", "Accept: */*", "Content-Type: text/xml", "User-Agent: Xmlrpc-c/1.33.14 Curl/7.88.1"],
      query: "?access_token=TOKEN",
      body: """
        <?xml version="1.0" encoding="UTF-8"?>\r
        <methodCall>\r
        <methodName>ContactService.load</methodName>\r
        <params>\r
        <param><value><string>key</string></value></param>\r
        <param><value><i4>\(contact)</i4></value></param>\r
        <param><value><string>array/(s/Id)</string></value></param>\r
        </params>\r
        </methodCall>\r

        """)
  }

  private static func addition(_ name: String) -> String {
    "<methodCall><methodName>ContactService.add</methodName><params><param><value><string>key</string></value></param>"
      + "<param><value><struct><member><name>FirstName</name><value><string>\(name)</string></value></member></struct>"
      + "</value></param></params></methodCall>"
  }
}
