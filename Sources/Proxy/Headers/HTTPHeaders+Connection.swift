import NIOHTTP1
import Wire

extension HTTPHeaders {
  /// Names of the fields that `Connection` keeps to this hop, in lower case (RFC 9110 section 7.6.1).
  var namedByConnection: [String] {
    var names: [String] = []
    for (name, value) in self where name.equalsIgnoringCase("connection") {
      if value.equalsIgnoringCase("keep-alive") || value.equalsIgnoringCase("close") { continue }
      names += value.split(separator: ",").map { $0.lowercased().filter { $0 != " " && $0 != "\t" } }
    }
    return names
  }
}
