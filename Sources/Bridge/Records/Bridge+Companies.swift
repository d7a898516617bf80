import Contacts
import Wire
import XMLRPC

/// The company that a contact's `Company` names.
extension Bridge {
  static let companies = "/crm/rest/v2/companies"

  /// Whoever may add a company of this name waits at this place.
  static func place(of company: String) -> String { "\(companies) \(NormalForm.name(company))" }

  /// The number of a company beside which a name does not count.
  static func companyNumber(in values: [String: XMLRPCValue]) -> String? {
    let number = values.first { $0.key.lowercased() == "companyid" }.flatMap { FieldText($0.value).text }
    return number.flatMap { Int64($0) }.flatMap { $0 > 0 ? String($0) : nil }
  }

  /// The number of the company of this name; nil where there is none.
  func company(named name: String) async throws -> String? {
    guard name.unicodeScalars.allSatisfy({ !";,*<>=".unicodeScalars.contains($0) }) else {
      throw ServiceFault.invalidParameter("Company: REST cannot look for a name with these characters; send CompanyID")
    }
    let found =
      try await upstream.call(
        "GET", Self.companies, [.init("filter", "company_name==\(name)"), .init("page_size", "2")])["companies"]?.array
      ?? []
    guard found.count < 2 else {
      throw ServiceFault.invalidParameter("Company: REST has several companies of this name; send CompanyID")
    }
    return try found.first.map(Self.number)
  }

  private static func number(of company: JSON) throws -> String {
    guard let id = company["id"]?.plainText else {
      throw ServiceFault.unexpected("REST answered without the number of the company")
    }
    return id
  }

  /// Writes a contact in the company that it names, which is added first where there is none.
  func inCompany<Result: Sendable>(
    _ changes: Changes, _ write: (Changes) async throws -> Result
  ) async throws -> Result {
    guard let name = changes.newCompany else { return try await write(changes) }
    let (id, isAdded) = try await inTurn(Self.place(of: name)) {
      if let id = try await company(named: name) { return (id, false) }
      let added = try await upstream.call("POST", Self.companies, body: ["company_name": .string(name)])
      return (try Self.number(of: added), true)
    }
    var changes = changes
    changes.set(company: id)
    do { return try await write(changes) } catch { throw isAdded ? Self.ending(with: error, after: id) : error }
  }

  /// What ends a call whose write failed after it added a company. That stays: somebody else may have found it by now, and would
  /// lose it. The call that comes again finds it, too.
  private static func ending(with error: any Error, after company: String) -> any Error {
    let words = "The company \(company), which this call added, is still there."
    // REST's own answer is passed on without words of ours.
    if error is PassedOn { return error }
    guard let fault = error as? XMLRPCFault else { return LeftBehind(cause: error, words: words) }
    let doubt = refusals.contains(fault.code) ? "" : " Whether the contact was written is unknown."
    return XMLRPCFault(fault.code, "\(fault.sentence)\(doubt) \(words)")
  }

  /// Answers that say for sure that nothing was written.
  private static let refusals = [ServiceFault.recordNotFound, .invalidParameter, .noAccess].map(\.rawValue)
}
