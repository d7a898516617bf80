import NIOHTTP1
import Wire

extension HTTPHeaders {
  /// Names of the fields that `Connection` keeps to this hop, in lower case (RFC 9110 section 7.6.1).
  var namedByConnection: [String] {
    var names: [String] = []
    for (name, value) in self where name.equalsIgnoringCase("connection") {
      if value.equalsIgnoringCase("keep-alive") || value.equalsIgnoringCase("close") { continue }
      // By bytes: a comma with a combining mark behind it parts names too.
      names += value.utf8.split(separator: UInt8(ascii: ",")).map { name in
        String(decoding: name, as: UTF8.self).lowercased().filter { $0 != " " && $0 != "\t" }
      }
    }
    return names
  }
}
