import Store
import Wire

/// Which calls are asked for.
package struct CallFilter: Sendable, Equatable {
  package var method: String?
  package var path: String?
  /// The first digit of the status. A write whose answer is not known counts as 2, since it was carried out.
  package var statusClass: Int?
  package var address: String?
  /// Days since 1970, UTC.
  package var day: Int64?

  package init(
    method: String? = nil, path: String? = nil, statusClass: Int? = nil, address: String? = nil, day: Int64? = nil
  ) {
    self.method = method
    self.path = path
    self.statusClass = statusClass
    self.address = address.map { IPAddress($0)?.text ?? $0 }
    self.day = day
  }

  /// The numbers of the shapes that are asked for; nil where all are.
  private func shapes(_ shapes: [Int64: CallShape]) -> [Int64]? {
    if method == nil && path == nil { return nil }
    return shapes.filter { _, shape in
      (method ?? shape.method) == shape.method && (path ?? shape.path) == shape.path
    }.keys.sorted()
  }

  /// Conditions on the rows of `calls`.
  func conditions(_ known: [Int64: CallShape], _ bindings: inout Bindings) -> [String] {
    var conditions = common(known, &bindings)
    if let statusClass { conditions.append("COALESCE(status, 200) / 100 = \(bindings.bind(statusClass))") }
    if let day {
      let length = Duration.days(1).milliseconds
      conditions.append("at >= \(bindings.bind(day * length)) AND at < \(bindings.bind((day + 1) * length))")
    }
    return conditions
  }

  /// Conditions on the rows of `CallCounts.source`.
  func countConditions(_ known: [Int64: CallShape], _ bindings: inout Bindings) -> [String] {
    var conditions = common(known, &bindings)
    if let statusClass { conditions.append("status_class = \(bindings.bind(statusClass))") }
    if let day { conditions.append("day = \(bindings.bind(day))") }
    return conditions
  }

  private func common(_ known: [Int64: CallShape], _ bindings: inout Bindings) -> [String] {
    var conditions: [String] = []
    if let shapes = shapes(known) {
      conditions.append(shapes.isEmpty ? "1 = 0" : "shape_id IN (\(bindings.list(shapes)))")
    }
    if let address { conditions.append("address = \(bindings.bind(address))") }
    return conditions
  }
}

/// A place in a list of calls, newest first.
package struct CallPlace: Sendable, Equatable {
  var at: Timestamp
  var id: Int64

  package var text: String { "\(at.milliseconds)-\(id)" }

  init(at: Timestamp, id: Int64) {
    self.at = at
    self.id = id
  }

  package init?(_ text: String) {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 2, let at = Int64(digits: parts[0]), let id = Int64(digits: parts[1]) else { return nil }
    self.init(at: Timestamp(milliseconds: at), id: id)
  }
}

extension CallShape {
  /// All that were ever called, by number; they are as many as there are routes.
  static func all(_ db: any Transaction) throws -> [Int64: CallShape] {
    let rows = try db.rows("SELECT id, method, path FROM call_shapes")
    return Dictionary(
      uniqueKeysWithValues: try rows.map {
        (try $0["id"], CallShape(method: try $0["method"], template: try $0["path"]))
      })
  }
}
