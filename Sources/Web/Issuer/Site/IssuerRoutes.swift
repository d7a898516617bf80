import Bridge
import Contacts
import Hummingbird
import Issuer

extension IssuerSite {
  /// Every address of the issuer.
  func routes() -> Router<SiteContext> {
    let router = Router.withHeads()
    let pages = pages
    let edge = Edge(origins: origins) { pages.failure($0, reference: $1) }
    if !faults.isEmpty { router.add(middleware: FaultEdge(plan: faults, edge: edge)) }
    router.add(middleware: edge)
    router.add(middleware: Compression())
    router.add(middleware: CallRecorder(issuer: issuer, address: clientAddress))
    router.add(middleware: KeapGate(issuer: issuer))
    router.add(middleware: KnownMethods())
    router.add(middleware: UntaggedConditions())

    router.get("/livez") { _, _ in Response(status: .noContent) }
    router.get("/readyz", use: ready)
    router.get("/style.css", use: style)
    router.get("/", use: home)

    router.get("/signin", use: signInPage)
    router.post("/signin", use: signIn)
    router.post("/signout", use: signOut)
    router.get("/account", use: account)
    router.post("/account/revoke", use: revokeApproval)
    router.get("/account/activity", use: activity)
    router.get("/account/tenant", use: tenantUse)
    router.get("/account/tokens", use: ownTokens)
    router.post("/account/tokens", use: makeToken)
    router.post("/account/tokens/rotate", use: rotateToken)
    router.post("/account/tokens/rename", use: renameToken)
    router.post("/account/tokens/end", use: endToken)
    router.post("/account/tokens/pair", use: makePair)
    router.get("/account/password", use: passwordPage)
    router.post("/account/password", use: changePassword)
    router.get("/reset/{link}", use: resetPage)
    router.post("/reset", use: resetPassword)

    for path in ["/oauth/authorize", "/app/oauth/authorize"] as [RouterPath] {
      router.get(path, use: authorize)
      router.post(path, use: authorizePosted)
    }
    router.post("/consent", use: consent)
    router.post("/oauth/token", use: token)
    router.post("/token", use: keapToken)
    // Keap revokes nothing for an app (P27).
    if issuer.settings.dialect != .keap { router.post("/oauth/revoke", use: revoke) }
    router.get("/.well-known/oauth-authorization-server", use: metadata)

    let keap = KeapAPI(issuer: issuer)
    router.get("/crm/rest/v1/oauth/connect/userinfo", use: keap.userInfo)
    router.get("/crm/rest/v1/contacts", use: keap.listV1)
    router.post("/crm/rest/v1/contacts", use: keap.createV1)
    router.put("/crm/rest/v1/contacts", use: keap.upsertV1)
    router.get("/crm/rest/v1/contacts/{id}", use: keap.readV1)
    router.patch("/crm/rest/v1/contacts/{id}", use: keap.updateV1)
    router.delete("/crm/rest/v1/contacts/{id}", use: keap.deleteV1)
    router.get("/crm/rest/v1/users", use: keap.listUsersV1)
    router.post("/crm/rest/v1/users", use: keap.createUserV1)
    router.get("/crm/rest/v1/users/{id}/signature", use: keap.readUserSignature)
    router.put("/crm/rest/v1/emailAddresses/{email}", use: keap.changeEmailStatusV1)
    router.get("/crm/rest/v1/companies", use: keap.listCompaniesV1)
    router.post("/crm/rest/v1/companies", use: keap.createCompanyV1)
    router.get("/crm/rest/v1/companies/{id}", use: keap.readCompanyV1)
    router.patch("/crm/rest/v1/companies/{id}", use: keap.updateCompanyV1)
    router.get("/crm/rest/v1/tags", use: keap.listTagsV1)
    router.post("/crm/rest/v1/tags", use: keap.createTagV1)
    router.post("/crm/rest/v1/tags/categories", use: keap.createTagCategoryV1)
    router.get("/crm/rest/v1/tags/{id}", use: keap.readTagV1)
    router.get("/crm/rest/v1/tags/{id}/companies", use: keap.listTaggedCompaniesV1)
    router.get("/crm/rest/v1/tags/{id}/contacts", use: keap.listTaggedContactsV1)
    router.post("/crm/rest/v1/tags/{id}/contacts", use: keap.applyTagV1)
    router.delete("/crm/rest/v1/tags/{id}/contacts", use: keap.removeTagFromContactsV1)
    router.delete("/crm/rest/v1/tags/{id}/contacts/{contact}", use: keap.removeTagFromContactV1)
    router.get("/crm/rest/v1/contacts/{id}/tags", use: keap.listTagsOfContactV1)
    router.post("/crm/rest/v1/contacts/{id}/tags", use: keap.applyTagsToContactV1)
    router.delete("/crm/rest/v1/contacts/{id}/tags", use: keap.removeTagsOfContactV1)
    router.delete("/crm/rest/v1/contacts/{id}/tags/{tag}", use: keap.removeTagOfContactV1)
    router.get("/crm/rest/v1/notes", use: keap.listNotesV1)
    router.post("/crm/rest/v1/notes", use: keap.createNoteV1)
    router.get("/crm/rest/v1/notes/{id}", use: keap.readNoteV1)
    router.put("/crm/rest/v1/notes/{id}", use: keap.replaceNoteV1)
    router.patch("/crm/rest/v1/notes/{id}", use: keap.updateNoteV1)
    router.delete("/crm/rest/v1/notes/{id}", use: keap.deleteNoteV1)
    router.get("/crm/rest/v1/tasks", use: keap.listTasksV1)
    router.post("/crm/rest/v1/tasks", use: keap.createTaskV1)
    router.get("/crm/rest/v1/tasks/search", use: keap.searchTasksV1)
    router.get("/crm/rest/v1/tasks/{id}", use: keap.readTaskV1)
    router.put("/crm/rest/v1/tasks/{id}", use: keap.replaceTaskV1)
    router.patch("/crm/rest/v1/tasks/{id}", use: keap.updateTaskV1)
    router.delete("/crm/rest/v1/tasks/{id}", use: keap.deleteTask)

    router.get("/crm/rest/v2/oauth/connect/userinfo", use: keap.userInfoV2)
    router.get("/crm/rest/v2/contacts", use: keap.listV2)
    router.post("/crm/rest/v2/contacts", use: keap.createV2)
    router.get("/crm/rest/v2/contacts/{id}", use: keap.readV2)
    router.patch("/crm/rest/v2/contacts/{id}", use: keap.updateV2)
    router.delete("/crm/rest/v2/contacts/{id}", use: keap.deleteV2)
    router.post("/crm/rest/v2/contacts:merge", use: keap.mergeContacts)
    router.post("/crm/rest/v2/contacts:link", use: keap.linkContacts)
    router.post("/crm/rest/v2/contacts:unlink", use: keap.unlinkContacts)
    router.get("/crm/rest/v2/contacts/links/types", use: keap.listContactLinkTypes)
    router.post("/crm/rest/v2/contacts/links/types", use: keap.createContactLinkType)
    router.patch("/crm/rest/v2/contacts/links/types/{id}", use: keap.updateContactLinkType)
    router.delete("/crm/rest/v2/contacts/links/types/{id}", use: keap.deleteContactLinkType)
    router.get("/crm/rest/v2/contacts/{id}/links", use: keap.listLinksOfContact)
    router.get("/crm/rest/v2/users", use: keap.listUsersV2)
    router.get("/crm/rest/v2/users/{id}", use: keap.readUserV2)
    router.patch("/crm/rest/v2/users/{id}", use: keap.updateUserV2)
    router.get("/crm/rest/v2/users/{id}/signature", use: keap.readUserSignature)
    router.get("/crm/rest/v2/emailAddresses/{email}/status", use: keap.readEmailStatusV2)
    router.patch("/crm/rest/v2/emailAddresses/{email}/status", use: keap.changeEmailStatusV2)
    router.get("/crm/rest/v2/companies", use: keap.listCompaniesV2)
    router.post("/crm/rest/v2/companies", use: keap.createCompanyV2)
    router.get("/crm/rest/v2/companies/{id}", use: keap.readCompanyV2)
    router.patch("/crm/rest/v2/companies/{id}", use: keap.updateCompanyV2)
    router.delete("/crm/rest/v2/companies/{id}", use: keap.deleteCompanyV2)
    for kind in RecordKind.allCases { add(keap, customFieldsOf: kind, to: router) }
    router.get("/crm/rest/v2/tags", use: keap.listTagsV2)
    router.post("/crm/rest/v2/tags", use: keap.createTagV2)
    router.get("/crm/rest/v2/tags/categories", use: keap.listTagCategoriesV2)
    router.post("/crm/rest/v2/tags/categories", use: keap.createTagCategoryV2)
    router.get("/crm/rest/v2/tags/categories/{id}", use: keap.readTagCategoryV2)
    router.patch("/crm/rest/v2/tags/categories/{id}", use: keap.updateTagCategoryV2)
    router.delete("/crm/rest/v2/tags/categories/{id}", use: keap.deleteTagCategoryV2)
    router.get("/crm/rest/v2/tags/{id}", use: keap.readTagV2)
    router.patch("/crm/rest/v2/tags/{id}", use: keap.updateTagV2)
    router.delete("/crm/rest/v2/tags/{id}", use: keap.deleteTagV2)
    router.get("/crm/rest/v2/tags/{id}/contacts", use: keap.listTaggedContactsV2)
    router.post("/crm/rest/v2/tags/{id}/contacts:applyTags", use: keap.applyTagV2)
    router.post("/crm/rest/v2/tags/{id}/contacts:removeTags", use: keap.removeTagV2)
    router.get("/crm/rest/v2/tags/{id}/companies", use: keap.listTaggedCompaniesV2)
    router.get("/crm/rest/v2/contacts/{id}/tags", use: keap.listTagsOfContactV2)
    router.get("/crm/rest/v2/companies/{id}/tags", use: keap.listTagsOfCompanyV2)
    router.post("/crm/rest/v2/companies/{id}/tags/{tag}", use: keap.applyTagToCompanyV2)
    router.delete("/crm/rest/v2/companies/{id}/tags/{tag}", use: keap.removeTagFromCompanyV2)
    router.get("/crm/rest/v2/contacts/{id}/notes", use: keap.listNotesOfContactV2)
    router.post("/crm/rest/v2/contacts/{id}/notes", use: keap.createNoteV2)
    router.get("/crm/rest/v2/contacts/{id}/notes/{note}", use: keap.readNoteV2)
    router.patch("/crm/rest/v2/contacts/{id}/notes/{note}", use: keap.updateNoteV2)
    router.delete("/crm/rest/v2/contacts/{id}/notes/{note}", use: keap.deleteNoteV2)
    router.get("/crm/rest/v2/notes", use: keap.listNotesV2)
    router.get("/crm/rest/v2/notes/templates", use: keap.listNoteTemplatesV2)
    router.get("/crm/rest/v2/tasks", use: keap.listTasksV2)
    router.post("/crm/rest/v2/tasks", use: keap.createTaskV2)
    router.get("/crm/rest/v2/tasks/{id}", use: keap.readTaskV2)
    router.patch("/crm/rest/v2/tasks/{id}", use: keap.updateTaskV2)
    router.delete("/crm/rest/v2/tasks/{id}", use: keap.deleteTask)
    router.get("/crm/rest/v2/leadSources", use: keap.listLeadSourcesV2)

    let hooks = KeapHooks(keap: keap, sender: sender)
    router.get("/crm/rest/v1/hooks", use: hooks.list)
    router.post("/crm/rest/v1/hooks", use: hooks.create)
    router.get("/crm/rest/v1/hooks/event_keys", use: hooks.eventKeys)
    router.get("/crm/rest/v1/hooks/{key}", use: hooks.read)
    router.put("/crm/rest/v1/hooks/{key}", use: hooks.update)
    router.delete("/crm/rest/v1/hooks/{key}", use: hooks.delete)
    router.post("/crm/rest/v1/hooks/{key}/verify", use: hooks.verify)
    router.post("/crm/rest/v1/hooks/{key}/delayedVerify", use: hooks.verifyLater)

    let own = OwnContacts(keap: keap)
    router.put("/v1/contacts", use: own.upsert)
    router.post("/v1/contacts:batch", use: own.upsertBatch)

    // What XML-RPC is answered by: the routes above.
    let xmlrpc = KeapXMLRPC(rest: router.buildResponder())
    for path in Bridge.paths { router.post(RouterPath(path), use: xmlrpc.answer) }
    return router
  }

  /// The definitions of custom fields. Keap's documents leave a few operations out: v1 defines none for companies, and neither
  /// version changes those of contacts.
  private func add(_ keap: KeapAPI, customFieldsOf kind: RecordKind, to router: Router<SiteContext>) {
    let (v1, v2) = ("/crm/rest/v1/\(kind.rawValue)/model", "/crm/rest/v2/\(kind.rawValue)/model")
    router.get("\(v1)") { _, context in try await keap.model(context, of: kind, .v1) }
    router.get("\(v2)") { _, context in try await keap.model(context, of: kind, .v2) }
    if kind != .company {
      router.post("\(v1)/customFields") { try await keap.createCustomField($0, $1, for: kind, .v1) }
    }
    router.post("\(v2)/customFields") { try await keap.createCustomField($0, $1, for: kind, .v2) }
    if kind != .contact {
      router.patch("\(v2)/customFields/{id}") { try await keap.updateCustomField($0, $1, of: kind) }
    }
    router.delete("\(v2)/customFields/{id}") { _, context in try await keap.deleteCustomField(context, of: kind) }

    let groups = "\(v2)/customFields/groups"
    router.get("\(groups)") { try await keap.listCustomFieldGroups($0, $1, of: kind) }
    router.post("\(groups)") { try await keap.createCustomFieldGroup($0, $1, for: kind) }
    router.get("\(groups)/{id}") { _, context in try await keap.readCustomFieldGroup(context, of: kind) }
    router.patch("\(groups)/{id}") { try await keap.updateCustomFieldGroup($0, $1, of: kind) }
    router.delete("\(groups)/{id}") { _, context in try await keap.deleteCustomFieldGroup(context, of: kind) }

    let tabs = "\(v2)/customFields/tabs"
    router.get("\(tabs)") { _, context in try await keap.listCustomFieldTabs(context, of: kind) }
    router.post("\(tabs)") { try await keap.createCustomFieldTab($0, $1, for: kind) }
    router.get("\(tabs)/{id}") { _, context in try await keap.readCustomFieldTab(context, of: kind) }
    router.patch("\(tabs)/{id}") { try await keap.updateCustomFieldTab($0, $1, of: kind) }
    router.delete("\(tabs)/{id}") { _, context in try await keap.deleteCustomFieldTab(context, of: kind) }
  }
}
