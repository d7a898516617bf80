import Contacts
import Store

/// Rows of the tenant by their numbers.
extension TenantContacts {
  /// The rows of the tenant that have these identifiers.
  ///
  /// - Parameter what: what is selected, up to and with the column that the tenant's number is compared with.
  func selected(_ what: String, _ column: String, _ ids: [Int64]) throws -> [Row] {
    guard !ids.isEmpty else { return [] }
    var bindings = Bindings()
    let tenant = bindings.bind(tenant)
    let list = bindings.list(ids)
    return try db.rows("SELECT \(what) = \(tenant) AND \(column) IN (\(list))", values: bindings.values)
  }

  /// Those of the identifiers that the tenant's table has.
  func known(_ table: String, _ ids: [Int64]) throws -> Set<Int64> {
    Set(try selected("id FROM \(table) WHERE tenant_id", "id", ids).map { try $0["id"] })
  }

  /// - Throws: ``ContactFault/notFound``, also for a contact of another tenant.
  func requireContact(_ id: Int64) throws {
    guard try known("contacts", [id]).contains(id) else { throw ContactFault.notFound }
  }

  /// - Throws: ``ContactFault/missing(_:)``, also for a company of another tenant.
  func requireCompany(_ id: Int64) throws {
    guard try known("companies", [id]).contains(id) else { throw ContactFault.missing(.company) }
  }
}
