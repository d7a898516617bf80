import Wire
import XMLRPC

/// A query of one table, resolved: which lists of REST it reads, and what is looked for in them.
struct TableQuery {
  /// One list.
  struct Reading {
    var source: RecordSource
    /// The field of each name that the query selects; nil where the records of this list have no such field.
    var selected: [(name: String, field: BridgeField?)]
    var conditions: [Condition]
    var order: BridgeField?
    /// What the path is filled with.
    var asked: [String: String] = [:]

    /// Whether REST's filter leaves exactly what is asked for.
    var isExact: Bool { conditions.allSatisfy(\.isExact) }

    /// Whether no record of the list can be meant, as all say the same of a field and it is not that.
    var isBarren: Bool {
      conditions.contains { condition in
        guard case .constant = condition.field.place else { return false }
        return !condition.holds(of: condition.field.value(in: .null))
      }
    }

    var fields: [BridgeField] { selected.compactMap(\.field) + conditions.map(\.field) + [order].compactMap(\.self) }
  }

  let table: BridgeTable
  var readings: [Reading] = []
  let isAscending: Bool

  /// - Throws: fault 8, 10 or 12 for a field or a condition that means nothing.
  init(
    _ table: BridgeTable, custom: CustomFields, where conditions: [String: XMLRPCValue], select names: [String],
    orderBy: String? = nil, isAscending: Bool = true
  ) throws {
    self.table = table
    self.isAscending = isAscending
    let asked = conditions.sorted { $0.key < $1.key }
    for name in names + asked.map(\.key) + [orderBy].compactMap(\.self) { try table.require(name, custom) }
    for source in try table.sources(for: conditions) {
      var reading = Reading(
        source: source, selected: names.map { ($0, source.field($0, custom)) }, conditions: [],
        order: orderBy.flatMap { source.field($0, custom) })
      for (name, value) in asked {
        if let need = source.needs, need.lowercased() == name.lowercased() {
          reading.asked[need] = FieldText(value).text
          continue
        }
        // Records of another kind have nothing in a field that theirs does not have.
        let field = source.field(name, custom) ?? BridgeField(name, .nowhere(""))
        reading.conditions.append(try Condition(field, value, of: table.name))
      }
      if !reading.isBarren { readings.append(reading) }
    }
    if table.sources.contains(where: { $0.needs != nil }) { try requireSelected() }
  }

  /// Of lists that show different fields the one that is read must show what is wanted.
  private func requireSelected() throws {
    for reading in readings {
      for (name, field) in reading.selected where field == nil {
        throw ServiceFault.noFieldAccess(
          "No access to \(table.name).\(name): REST shows it only with another condition. \(table.difference ?? "")")
      }
    }
  }
}

extension RecordSource {
  func field(_ name: String, _ custom: CustomFields) -> BridgeField? {
    let key = name.lowercased()
    return fields.first { $0.name.lowercased() == key && $0.isReadable } ?? (model == nil ? nil : custom[name])
  }
}

extension BridgeTable {
  /// Sees that there is a field of this name somewhere, and that REST has it.
  func require(_ name: String, _ custom: CustomFields) throws {
    if sources.contains(where: { $0.field(name, custom) != nil }) { return }
    let known = sources.flatMap(\.fields).first { $0.name.lowercased() == name.lowercased() }
    if case .nowhere(let why) = known?.place {
      throw ServiceFault.noFieldAccess("No access to \(self.name).\(name): \(why)")
    }
    throw ServiceFault.noFieldFound("No field found: \(self.name)" + (Echo.field(name).map { ".\($0)" } ?? ""))
  }

  /// The lists that a query reads.
  fileprivate func sources(for conditions: [String: XMLRPCValue]) throws -> [RecordSource] {
    if sources.allSatisfy({ $0.needs == nil }) { return isUnion ? sources : Array(sources.prefix(1)) }
    let given = Set(
      conditions.filter { Int64(FieldText($0.value).text ?? "").map { $0 > 0 } ?? false }.keys.map { $0.lowercased() })
    if let source = sources.first(where: { $0.needs.map { given.contains($0.lowercased()) } ?? false }) {
      return [source]
    }
    let needs = sources.compactMap(\.needs).joined(separator: " or one ")
    throw ServiceFault.invalidParameter("\(name): the query must name one \(needs)")
  }
}
