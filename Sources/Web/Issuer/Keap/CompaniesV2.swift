import Contacts
import Hummingbird
import Issuer
import Wire

/// Companies in REST v2.
extension KeapAPI {
  func listCompaniesV2(_ request: Request, _ context: SiteContext) async throws -> Response {
    let query = try CompanyQuery(v2: parameters(request))
    let page = try await issuer.companies(matching: query, by: caller(context))
    let companies = page.records.map { KeapV2.company($0, fields: query.properties, isListed: true) }
    return .json(KeapV2.list("companies", companies, nextPageToken: page.nextPageToken))
  }

  func createCompanyV2(_ request: Request, _ context: SiteContext) async throws -> Response {
    let change = try KeapV2.companyChange(from: try await json(request))
    return .json(KeapV2.company(try await issuer.createCompany(change, by: caller(context))), status: .created)
  }

  func readCompanyV2(_ request: Request, _ context: SiteContext) async throws -> Response {
    let fields = try KeapV2.companyFields(request.query().values(of: "fields"))
    let record = try await company(context)
    return try .record(KeapV2.company(record, fields: fields), record.entityTag, for: request)
  }

  func updateCompanyV2(_ request: Request, _ context: SiteContext) async throws -> Response {
    let mask = try KeapV2.companyFields(request.query().values(of: "update_mask"), parameter: "update_mask")
    let change = try KeapV2.companyChange(from: try await json(request), mask: mask)
    let record = try await issuer.updateCompany(
      id(context, "Company"), change, as: .replace, if: request.condition, by: caller(context))
    return .record(KeapV2.company(record), record.entityTag)
  }

  func deleteCompanyV2(_ request: Request, _ context: SiteContext) async throws -> Response {
    try await issuer.deleteCompany(id(context, "Company"), if: request.condition, by: caller(context))
    return Response(status: .noContent)
  }
}
