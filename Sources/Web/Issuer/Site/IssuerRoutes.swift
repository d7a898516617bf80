import Hummingbird
import Issuer

extension IssuerSite {
  /// Every address of the issuer.
  func routes() -> Router<SiteContext> {
    let router = Router(context: SiteContext.self)
    let pages = pages
    router.add(middleware: Edge { pages.failure($0, reference: $1) })
    router.add(middleware: KeapGate(issuer: issuer))

    router.get("/livez") { _, _ in Response(status: .noContent) }
    router.get("/readyz", use: ready)
    router.get("/style.css", use: style)
    router.get("/", use: home)

    router.get("/signin", use: signInPage)
    router.post("/signin", use: signIn)
    router.post("/signout", use: signOut)
    router.get("/account", use: account)
    router.post("/account/revoke", use: revokeApproval)
    router.get("/account/password", use: passwordPage)
    router.post("/account/password", use: changePassword)
    router.get("/reset/{link}", use: resetPage)
    router.post("/reset", use: resetPassword)

    for path in ["/oauth/authorize", "/app/oauth/authorize"] as [RouterPath] {
      router.get(path, use: authorize)
      router.post(path, use: authorizePosted)
    }
    router.post("/consent", use: consent)
    for path in ["/oauth/token", "/token"] as [RouterPath] { router.post(path, use: token) }
    router.post("/oauth/revoke", use: revoke)
    router.get("/.well-known/oauth-authorization-server", use: metadata)

    let keap = KeapAPI(issuer: issuer)
    router.get("/crm/rest/v1/oauth/connect/userinfo", use: keap.userInfo)
    router.get("/crm/rest/v1/contacts", use: keap.listV1)
    router.post("/crm/rest/v1/contacts", use: keap.createV1)
    router.put("/crm/rest/v1/contacts", use: keap.upsertV1)
    router.get("/crm/rest/v1/contacts/model", use: keap.modelV1)
    router.get("/crm/rest/v1/contacts/{id}", use: keap.readV1)
    router.patch("/crm/rest/v1/contacts/{id}", use: keap.updateV1)
    router.delete("/crm/rest/v1/contacts/{id}", use: keap.deleteV1)
    router.get("/crm/rest/v1/companies", use: keap.listCompaniesV1)
    router.post("/crm/rest/v1/companies", use: keap.createCompanyV1)
    router.get("/crm/rest/v1/companies/{id}", use: keap.readCompanyV1)

    router.get("/crm/rest/v2/oauth/connect/userinfo", use: keap.userInfoV2)
    router.get("/crm/rest/v2/contacts", use: keap.listV2)
    router.post("/crm/rest/v2/contacts", use: keap.createV2)
    router.get("/crm/rest/v2/contacts/model", use: keap.modelV2)
    router.get("/crm/rest/v2/contacts/{id}", use: keap.readV2)
    router.patch("/crm/rest/v2/contacts/{id}", use: keap.updateV2)
    router.delete("/crm/rest/v2/contacts/{id}", use: keap.deleteV2)
    router.get("/crm/rest/v2/companies", use: keap.listCompaniesV2)
    router.post("/crm/rest/v2/companies", use: keap.createCompanyV2)
    router.get("/crm/rest/v2/companies/{id}", use: keap.readCompanyV2)
    return router
  }
}
