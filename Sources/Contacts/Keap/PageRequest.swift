import Foundation
import Wire

/// Which part of a list is asked for, in which direction, and whether all that match are counted.
package struct PageRequest: Hashable, Sendable {
  package static let most = 1000

  /// 1 to `most`.
  package var limit = PageRequest.most
  /// v1's place in the list.
  package var offset = 0
  /// v2's place in the list, as the page before gave it.
  package var token: String?
  package var isDescending = false
  /// v1 says how many match on all pages, v2 does not.
  package var isCounted: Bool

  package init(isCounted: Bool = true) { self.isCounted = isCounted }

  /// Reads one of v1's parameters; false where it is about something else. An empty one says nothing.
  mutating func read(v1 name: String, _ value: String) throws(ContactRefusal) -> Bool {
    switch name {
    case "limit": if !value.isEmpty { limit = try PageRequest.size(value, name) }
    case "offset":
      if value.isEmpty { return true }
      guard let number = Int(digits: value), number <= Int(Int32.max) else {
        throw ContactRefusal("offset must be a number from 0")
      }
      offset = number
    default: return false
    }
    return true
  }

  /// Reads v1's `order_direction`, which only some of its lists have. An empty one says nothing.
  mutating func read(v1Direction value: String) throws(ContactRefusal) {
    if value.isEmpty { return }
    guard ["ASCENDING", "DESCENDING"].contains(value.uppercased()) else {
      throw ContactRefusal("order_direction must be ASCENDING or DESCENDING")
    }
    isDescending = value.uppercased() == "DESCENDING"
  }

  /// Reads one of v2's parameters; false where it is about something else. An empty one says nothing.
  mutating func read(v2 name: String, _ value: String) throws(ContactRefusal) -> Bool {
    switch name {
    case "page_size": if !value.isEmpty { limit = try PageRequest.size(value, name) }
    case "page_token": token = value.isEmpty ? nil : value
    default: return false
    }
    return true
  }

  /// Reads v1's `order`: one of the names; nil where it is empty.
  static func order<Order>(v1 text: String, _ known: [(name: String, order: Order)]) throws(ContactRefusal) -> Order? {
    if text.isEmpty { return nil }
    guard let found = known.first(where: { $0.name == text }) else {
      throw ContactRefusal("order must be one of \(known.map(\.name).joined(separator: ", "))")
    }
    return found.order
  }

  /// Reads v2's `order_by`: one of the names, and a direction if there is one; nil where it is empty.
  mutating func order<Order>(
    v2 text: String, _ known: [(name: String, order: Order)]
  ) throws(ContactRefusal) -> Order? {
    let words = text.split(separator: " ").map(String.init)
    guard let first = words.first else { return nil }
    guard let found = known.first(where: { $0.name == first }),
      words.count == 1 || words.count == 2 && ["asc", "desc"].contains(words[1].lowercased())
    else {
      throw ContactRefusal("order_by must be one of \(known.map(\.name).joined(separator: ", ")), and asc or desc")
    }
    isDescending = words.count == 2 && words[1].lowercased() == "desc"
    return found.order
  }

  /// Zero asks for the default.
  private static func size(_ text: String, _ name: String) throws(ContactRefusal) -> Int {
    guard let number = Int(digits: text), number <= most else {
      throw ContactRefusal("\(name) must be a number from 0 to \(most)")
    }
    return number == 0 ? most : number
  }
}

extension KeapV1 {
  /// A page of a list. `next` and `previous` are filled even on an empty page, as at Keap.
  /// - Parameters:
  ///   - total: how many match, on all pages.
  ///   - address: the list's own URL, without a query.
  ///   - asked: the parameters of the request that both repeat.
  package static func list(
    _ key: String, _ items: [JSON], total: Int, page: PageRequest, address: String,
    asked: [(name: String, value: String)]
  ) -> JSON {
    let plain = CharacterSet(charactersIn: "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~:,@")
    func link(_ offset: Int) -> JSON {
      let pairs = [("limit", String(page.limit)), ("offset", String(offset))] + asked.map { ($0.name, $0.value) }
      let query = pairs.map { "\($0.0)=\($0.1.addingPercentEncoding(withAllowedCharacters: plain) ?? "")" }
      return .string("\(address)?\(query.joined(separator: "&"))")
    }
    return [
      key: .array(items), "count": .integer(Int64(total)), "next": link(page.offset + page.limit),
      "previous": link(max(0, page.offset - page.limit)),
    ]
  }
}

extension KeapV2 {
  /// A page of a list. The token of the last page is empty and not null: generated clients read it as a string.
  package static func list(_ key: String, _ items: [JSON], nextPageToken: String?) -> JSON {
    [key: .array(items), "next_page_token": .string(nextPageToken ?? "")]
  }
}

/// Names of properties as a query gives them: by comma, or the parameter several times.
enum PropertyNames {
  /// - Parameter what: what each has to be, such as `a property of a note`.
  /// - Returns: nil where none is named.
  static func read(
    _ values: [String], parameter: String, as what: String, known: Set<String>
  ) throws(ContactRefusal) -> Set<String>? {
    let names = values.flatMap { $0.split(separator: ",") }.map { NormalForm.trimmed(String($0)) }.filter {
      !$0.isEmpty
    }
    if names.isEmpty { return nil }
    if let unknown = names.first(where: { !known.contains($0) }) {
      throw ContactRefusal("\(parameter): \(unknown) is not \(what)")
    }
    return Set(names)
  }
}
