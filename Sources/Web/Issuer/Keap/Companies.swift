import Hummingbird
import Issuer
import Wire

/// Companies, found or made by their name.
extension KeapAPI {
  func createCompanyV1(_ request: Request, _ context: SiteContext) async throws -> Response {
    .json(v1(try await createCompany(request, context)), status: .created)
  }

  func createCompanyV2(_ request: Request, _ context: SiteContext) async throws -> Response {
    .json(v2(try await createCompany(request, context)), status: .created)
  }

  func listCompaniesV1(_ request: Request, _ context: SiteContext) async throws -> Response {
    let query = try request.query()
    guard let name = query["company_name"] else {
      throw KeapRefusal(.badRequest, "company_name is required: companies are found by their name")
    }
    let found = try await issuer.company(named: name, creating: false, by: caller(context)).map { [v1($0)] } ?? []
    let address = issuer.settings.issuer + "/crm/rest/v1/companies/?" + FormFields([("company_name", name)]).encoded
    return .json([
      "companies": .array(found), "count": .integer(Int64(found.count)), "next": .string(address),
      "previous": .string(address),
    ])
  }

  func listCompaniesV2(_ request: Request, _ context: SiteContext) async throws -> Response {
    let filter = try request.query()["filter"] ?? ""
    guard filter.hasPrefix("company_name=="), !filter.contains(";") else {
      throw KeapRefusal(.badRequest, "filter must be company_name==…: companies are found by their name")
    }
    let name = String(filter.dropFirst("company_name==".count))
    let found = try await issuer.company(named: name, creating: false, by: caller(context)).map { [v2($0)] } ?? []
    return .json(["companies": .array(found), "next_page_token": ""])
  }

  func readCompanyV1(_ request: Request, _ context: SiteContext) async throws -> Response {
    .json(v1(try await readCompany(context)))
  }

  func readCompanyV2(_ request: Request, _ context: SiteContext) async throws -> Response {
    .json(v2(try await readCompany(context)))
  }

  private func readCompany(_ context: SiteContext) async throws -> Company {
    guard let company = try await issuer.company(id(context, "Company"), by: caller(context)) else {
      throw KeapRefusal(.notFound, "Unable to find this Company")
    }
    return company
  }

  private func createCompany(_ request: Request, _ context: SiteContext) async throws -> Company {
    guard let name = try await json(request)["company_name"]?.string, !name.isEmpty else {
      throw KeapRefusal(.badRequest, "company_name is required")
    }
    guard let company = try await issuer.company(named: name, creating: true, by: caller(context)) else {
      throw KeapRefusal(.badRequest, "company_name is required")
    }
    return company
  }

  private func v1(_ company: Company) -> JSON { ["id": .integer(company.id), "company_name": .string(company.name)] }
  private func v2(_ company: Company) -> JSON {
    ["id": .string(String(company.id)), "company_name": .string(company.name)]
  }
}
