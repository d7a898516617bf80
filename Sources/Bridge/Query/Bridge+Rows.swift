import Wire
import XMLRPC

/// Reading lists of REST for a query.
extension Bridge {
  /// Records that one page of most lists of REST may hold.
  static let mostOfPage = 1000
  /// Pages that one call may read.
  static let mostPages = 50

  /// The records that a query selects, in their order, each with what it selects.
  func rows(_ query: TableQuery, skipping start: Int, taking count: Int) async throws -> [XMLRPCValue] {
    let sources = try await leadSources(for: query)
    let isSortedHere =
      query.readings.contains { $0.order != nil && $0.order?.order == nil }
      || query.readings.count > 1 && query.readings.contains { $0.order != nil }
    var found: [(reading: TableQuery.Reading, record: JSON)] = []
    for reading in query.readings {
      let end = isSortedHere ? Int.max : start + count
      if query.readings.count == 1, !isSortedHere, reading.isExact, reading.source.isPaged {
        let records = try await exactRecords(query, reading, start..<end)
        return records.map { Self.row($0, reading, sources) }
      }
      guard found.count < end else { break }
      found += try await records(query, reading, atMost: end - found.count, sources).map { (reading, $0) }
    }
    if isSortedHere { found = Self.sorted(found, isAscending: query.isAscending, sources) }
    return found.dropFirst(start).prefix(count).map { Self.row($0.record, $0.reading, sources) }
  }

  func count(_ query: TableQuery) async throws -> Int {
    let sources = try await leadSources(for: query)
    var count = 0
    for reading in query.readings { count += try await records(query, reading, atMost: .max, sources).count }
    return count
  }

  private static func row(
    _ record: JSON, _ reading: TableQuery.Reading, _ sources: [String: String]
  ) -> XMLRPCValue {
    var members: [String: XMLRPCValue] = [:]
    for (name, field) in reading.selected {
      members[name] = field?.value(in: record, asked: reading.asked, leadSources: sources)
    }
    return .structure(members)
  }

  // MARK: Pages

  private struct Page {
    var records: [JSON]
    var next: String?
  }

  private func page(
    _ query: TableQuery, _ reading: TableQuery.Reading, size: Int, token: String?
  ) async throws -> Page {
    var parameters = listParameters(query, reading, size: size)
    if let token { parameters.append(.init("page_token", token)) }
    let json: JSON
    do {
      json = try await upstream.call("GET", path(of: reading), parameters)
    } catch let fault as XMLRPCFault where query.table.isUnion && fault.code == ServiceFault.recordNotFound.rawValue {
      // A REST that knows no records of this kind has none of them.
      return Page(records: [], next: nil)
    }
    let records = json[reading.source.list]?.array ?? []
    let next = json["next_page_token"]?.plainText
    return Page(records: records, next: records.isEmpty || next == "" || next == token ? nil : next)
  }

  private func path(of reading: TableQuery.Reading) -> String {
    reading.asked.reduce(reading.source.path) { path, asked in
      path.replacing("{\(asked.key)}", with: PercentEncoding.encode(asked.value))
    }
  }

  private func listParameters(
    _ query: TableQuery, _ reading: TableQuery.Reading, size: Int
  ) -> [BridgeRequest.Parameter] {
    guard reading.source.isPaged else { return [] }
    var parameters: [BridgeRequest.Parameter] = []
    // Two conditions under one name of REST would undo each other; the second is met here.
    var names: Set<String> = []
    let terms = reading.conditions.compactMap(\.term).filter { term in
      names.insert(String(term.prefix { !"=<>".contains($0) })).inserted
    }
    if !terms.isEmpty { parameters.append(.init("filter", terms.joined(separator: ";"))) }
    if query.readings.count == 1, let order = reading.order?.order {
      parameters.append(.init("order_by", "\(order) \(query.isAscending ? "asc" : "desc")"))
    }
    parameters.append(.init("page_size", String(size)))
    return parameters + Self.properties(of: reading.source, for: reading.fields, inList: true)
  }

  /// The parameter `fields` for what is wanted of records.
  static func properties(
    of source: RecordSource, for fields: [BridgeField], inList: Bool
  ) -> [BridgeRequest.Parameter] {
    let roots = Set(fields.compactMap(\.root))
    let names: Set<String>
    switch source.properties {
    case .never: return []
    case .named: names = roots.union(["id"])
    case .besides(let some, let inLists): names = roots.intersection(inList ? some.union(inLists) : some)
    }
    return names.isEmpty ? [] : [.init("fields", names.sorted().joined(separator: ","))]
  }

  /// Records of a list that REST filters and sorts as the query wants. Where its pages begin is remembered, so that the next page
  /// of the query is read from there.
  private func exactRecords(
    _ query: TableQuery, _ reading: TableQuery.Reading, _ wanted: Range<Int>
  ) async throws -> [JSON] {
    let count = wanted.count
    let most = reading.source.mostOfPage
    let size = wanted.lowerBound == 0 ? min(count, most) : max(1, most / count) * min(count, most)
    let parameters = listParameters(query, reading, size: size)
    let list = "\(approval) \(BridgeRequest("GET", path(of: reading), query: parameters).target)"
    let mark = memory.marks.latest(list, upTo: wanted.lowerBound, step: size)
    var offset = mark?.offset ?? 0, token = mark?.token
    var found: [JSON] = []
    for _ in 0..<Self.mostPages {
      let page = try await page(query, reading, size: size, token: token)
      let begin = max(0, wanted.lowerBound - offset)
      if begin < page.records.count { found += page.records[begin...].prefix(count - found.count) }
      offset += page.records.count
      token = page.next
      guard let token else { return found }
      if page.records.count == size { memory.marks.keep(token, at: .init(list: list, offset: offset)) }
      if found.count == count { return found }
    }
    throw Self.tooMuch(query)
  }

  /// Records of a list that meet the conditions, from its beginning.
  private func records(
    _ query: TableQuery, _ reading: TableQuery.Reading, atMost most: Int, _ sources: [String: String]
  ) async throws -> [JSON] {
    var found: [JSON] = [], token: String?
    for _ in 0..<Self.mostPages {
      let page = try await page(query, reading, size: reading.source.mostOfPage, token: token)
      for record in page.records where found.count < most {
        let holds = reading.conditions.allSatisfy {
          $0.isExact || $0.holds(of: $0.field.value(in: record, asked: reading.asked, leadSources: sources))
        }
        if holds { found.append(record) }
      }
      token = page.next
      if token == nil || found.count >= most { return found }
    }
    throw Self.tooMuch(query)
  }

  private static func tooMuch(_ query: TableQuery) -> XMLRPCFault {
    let filtered = query.readings.first?.source.fields.filter { $0.filter != nil }.map(\.name) ?? []
    return ServiceFault.invalidParameter(
      "\(query.table.name): the query reads more than \(mostPages * mostOfPage) records of REST, which cannot filter or "
        + "sort by all that is asked; narrow it by \(filtered.joined(separator: ", "))")
  }

  // MARK: Sorting here

  private static func sorted(
    _ found: [(reading: TableQuery.Reading, record: JSON)], isAscending: Bool, _ sources: [String: String]
  ) -> [(reading: TableQuery.Reading, record: JSON)] {
    let keyed = found.map { one in
      (one, one.reading.order?.value(in: one.record, asked: one.reading.asked, leadSources: sources))
    }
    let order = { (left: XMLRPCValue?, right: XMLRPCValue?) -> Int in
      switch (left, right) {
      case (nil, nil): 0
      case (nil, _): -1
      case (_, nil): 1
      case (let left?, let right?): Condition.order(left, right) ?? 0
      }
    }
    return keyed.enumerated().sorted { one, other in
      let turn = order(one.element.1, other.element.1) * (isAscending ? 1 : -1)
      return turn == 0 ? one.offset < other.offset : turn < 0
    }.map(\.element.0)
  }

  // MARK: Lead sources

  /// The names of all lead sources by their numbers, where the query has to do with them.
  private func leadSources(for query: TableQuery) async throws -> [String: String] {
    let isNeeded = query.readings.contains { $0.fields.contains { $0.kind == .leadSource } }
    return isNeeded ? try await leadSources() : [:]
  }

  func leadSources() async throws -> [String: String] {
    var names: [String: String] = [:], token: String?
    for _ in 0..<Self.mostPages {
      let more = token.map { [BridgeRequest.Parameter("page_token", $0)] } ?? []
      let json = try await upstream.call(
        "GET", "/crm/rest/v2/leadSources", [.init("page_size", String(Self.mostOfPage))] + more)
      for entry in json["lead_sources"]?.array ?? [] {
        if let id = entry["id"]?.plainText, let name = entry["name"]?.string { names[id] = name }
      }
      let next = json["next_page_token"]?.string
      guard let next, next != "", next != token, json["lead_sources"]?.array?.isEmpty == false else { return names }
      token = next
    }
    throw ServiceFault.unexpected("REST has more than \(Self.mostPages * Self.mostOfPage) lead sources")
  }
}
