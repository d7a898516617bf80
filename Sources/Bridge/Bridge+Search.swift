import Wire
import XMLRPC

/// `SearchService`: saved searches are reports in REST.
extension Bridge {
  func searchService(_ method: BridgeMethod, _ arguments: Arguments) async throws -> XMLRPCValue {
    let path = "/crm/rest/v2/reporting/reports/\(try arguments.id("savedSearchId"))"
    switch method.name {
    case "SearchService.getAllReportColumns":
      var columns: [String: XMLRPCValue] = [:]
      for field in try await upstream.call("GET", "\(path)/model")["fields"]?.array ?? [] {
        guard let name = field["name"]?.string else { continue }
        columns[name] = .string(field["label"]?.string ?? name)
      }
      return .structure(columns)
    case "SearchService.getSavedSearchResultsAllFields":
      return try await report(path, page: arguments.number("pageNumber"), fields: nil)
    case "SearchService.getSavedSearchResults":
      return try await report(path, page: arguments.number("pageNumber"), fields: arguments.names("returnFields"))
    default: throw Self.unhandled(method)
    }
  }

  /// A page of a report; running it only reads.
  private func report(_ path: String, page: Int, fields: [String]?) async throws -> XMLRPCValue {
    guard page < Self.mostPages else {
      throw ServiceFault.invalidParameter(
        "page \(page) is beyond what the bridge reads; REST walks a report from its beginning")
    }
    var token: String?
    for number in 0...page {
      var parameters = [BridgeRequest.Parameter("page_size", String(Self.mostOfPage))]
      if let token { parameters.append(.init("page_token", token)) }
      let json = try await upstream.call("POST", "\(path):run", parameters)
      if number == page { return .array(Self.rows(json, fields)) }
      guard let next = json["page_token"]?.string, next != "", next != token else { break }
      token = next
    }
    return []
  }

  private static func rows(_ json: JSON, _ fields: [String]?) -> [XMLRPCValue] {
    (json["results"]?.array ?? []).map { record in
      var members: [String: XMLRPCValue] = [:]
      for column in record["columns"]?.array ?? [] {
        guard let name = column["field_name"]?.string, let text = column["value"]?.plainText,
          fields?.contains(name) ?? true
        else { continue }
        members[name] = .string(text)
      }
      return .structure(members)
    }
  }
}
