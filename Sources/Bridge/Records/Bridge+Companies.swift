import Contacts
import Wire
import XMLRPC

/// The company that a contact's `Company` names.
extension Bridge {
  static let companies = "/crm/rest/v2/companies"

  /// Whoever may add a company of this name, or take it back, waits at this place.
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

  /// Writes a contact in the company that it names, which is added first where there is none. A write that REST refuses leaves
  /// no such company behind.
  func inCompany<Result: Sendable>(
    _ changes: Changes, _ write: (Changes) async throws -> Result
  ) async throws -> Result {
    guard let name = changes.newCompany else { return try await write(changes) }
    var changes = changes
    return try await inTurn(Self.place(of: name)) {
      if let id = try await company(named: name) {
        changes.set(company: id)
        return try await write(changes)
      }
      let id = try Self.number(
        of: await upstream.call("POST", Self.companies, body: ["company_name": .string(name)]))
      changes.set(company: id)
      do { return try await write(changes) } catch { throw await ending(with: error, after: id) }
    }
  }

  /// What ends a call whose write failed after it added a company: that goes again, unless the write may have happened.
  private func ending(with error: any Error, after company: String) async -> any Error {
    let told = error as? XMLRPCFault
    let isRefused = error is PassedOn || told.map { Self.refusals.contains($0.code) } ?? false
    let isGone = isRefused ? await takeBack(company) : false
    // REST's own answer is passed on without words of ours; the call that comes again finds the company.
    guard !isGone, !(error is PassedOn) else { return error }
    let words = "The company \(company), which this call added, is still there."
    guard let fault = told else { return LeftBehind(cause: error, words: words) }
    let doubt = isRefused ? "" : " Whether the contact was written is unknown."
    return XMLRPCFault(fault.code, "\(fault.sentence)\(doubt) \(words)")
  }

  /// Answers that say for sure that nothing was written.
  private static let refusals = [ServiceFault.recordNotFound, .invalidParameter, .noAccess].map(\.rawValue)

  private func takeBack(_ company: String) async -> Bool {
    do {
      try await upstream.call("DELETE", "\(Self.companies)/\(company)")
      return true
    } catch {
      return false
    }
  }
}
