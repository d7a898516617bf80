import Contacts
import Store

/// A page of a list.
package struct RecordPage<Record: Sendable>: Sendable {
  package var records: [Record]
  /// How many match, on all pages; nil where the query does not ask.
  package var total: Int?
  /// Where the next page begins; nil on the last one.
  package var nextPageToken: String?

  /// The page of what its entries stand for; one that stands for nothing is left out.
  func compactMap<Other>(_ transform: (Record) throws -> Other?) rethrows -> RecordPage<Other> {
    RecordPage<Other>(records: try records.compactMap(transform), total: total, nextPageToken: nextPageToken)
  }
}

extension RecordPage: Equatable where Record: Equatable {}

extension TenantContacts {
  /// A page of a list: its entries, each a number, the place in the list, and what the list has beside them.
  func entries(of list: ListStatement, _ asked: PageRequest) throws -> RecordPage<Row> {
    var list = list
    let total: Int? =
      asked.isCounted ? try db.rows(list.count, values: list.values).first.orMissing("count")["total"] : nil
    // Offsets count from the list's beginning, and a token stands for a place in it: a page has one or the other.
    if let token = asked.token {
      guard let place = ListPlace(token), place.fits(isText: list.order.isText) else {
        throw ContactFault.invalid("page_token is not one that this list gave")
      }
      list.start(behind: place)
    }
    let page = list.page(limit: asked.limit + 1, offset: asked.token == nil ? asked.offset : 0)
    let rows = try db.rows(page, values: list.values)
    let shown = rows.prefix(asked.limit)
    let next =
      rows.count > asked.limit ? try shown.last.map { try ListPlace($0, isText: list.order.isText).token } : nil
    return RecordPage(records: Array(shown), total: total, nextPageToken: next)
  }

  /// A page of a list of records.
  /// - Parameter records: reads what is shown, by its numbers.
  func page<Record>(
    of list: ListStatement, _ asked: PageRequest, _ records: ([Int64]) throws -> [Int64: Record]
  ) throws -> RecordPage<Record> {
    let entries = try entries(of: list, asked)
    let found = try records(entries.numbers)
    return try entries.compactMap { try found[$0["id"]] }
  }
}

extension RecordPage<Row> {
  /// The numbers of its entries.
  var numbers: [Int64] { get throws { try records.map { try $0["id"] } } }
}
