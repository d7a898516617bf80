import Contacts
import Hummingbird
import Issuer
import Wire

/// Companies in REST v1.
extension KeapAPI {
  func listCompaniesV1(_ request: Request, _ context: SiteContext) async throws -> Response {
    let query = try CompanyQuery(v1: parameters(request))
    let page = try await issuer.companies(matching: query, by: caller(context))
    return try list("companies", page, query.page, at: "companies", request, CompanyQuery.v1Parameters) {
      KeapV1.company($0, optional: query.properties ?? [])
    }
  }

  func createCompanyV1(_ request: Request, _ context: SiteContext) async throws -> Response {
    let change = try KeapV1.companyChange(from: try await json(request))
    return .json(
      KeapV1.company(try await issuer.createCompany(change, by: caller(context)), optional: nil), status: .created)
  }

  func readCompanyV1(_ request: Request, _ context: SiteContext) async throws -> Response {
    let optional = try KeapV1.companyProperties(request.query().values(of: "optional_properties"))
    let record = try await company(context)
    return try .record(KeapV1.company(record, optional: optional), record.entityTag, for: request)
  }

  func updateCompanyV1(_ request: Request, _ context: SiteContext) async throws -> Response {
    let change = try KeapV1.companyChange(from: try await json(request))
    let record = try await issuer.updateCompany(
      id(context, "Company"), change, as: .merge, if: request.condition, by: caller(context))
    return .record(KeapV1.company(record, optional: nil), record.entityTag)
  }

  func company(_ context: SiteContext) async throws -> CompanyRecord {
    guard let company = try await issuer.company(id(context, "Company"), by: caller(context)) else {
      throw ContactFault.missing(.company)
    }
    return company
  }
}
