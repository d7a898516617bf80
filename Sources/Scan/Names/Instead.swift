/// What to do where the bridge does not do what a call of the DataService wants.
enum Instead {
  /// Where REST has the records of tables that the bridge only reads.
  private static let paths = [
    "Lead": "opportunities", "Stage": "opportunities/stages", "Product": "products", "Job": "orders",
    "Invoice": "orders", "OrderItem": "orders/{id}/items", "RecurringOrder": "subscriptions",
  ]

  private static let inKeap = "Do it in Keap."

  /// For a table that the bridge has, and an act that it does not do to it.
  static func of(_ act: TableAct, _ table: String) -> String {
    switch (table, act) {
    case ("ContactGroupAssign", .add): "Call ContactService.addToGroup."
    case ("ContactGroupAssign", .delete): "Call ContactService.removeFromGroup."
    case ("ContactGroupAssign", .update): "Call ContactService.removeFromGroup and ContactService.addToGroup."
    case ("ContactGroupAssign", .load): "Call DataService.query with one ContactId or one GroupId."
    case ("OrderItem", .load): "Call DataService.query with its OrderId."
    case ("DataFormField", .add): "Call DataService.addCustomField."
    case ("ContactAction", .add): call("POST", "tasks or /crm/rest/v2/contacts/{id}/notes")
    case ("ContactAction", .update): call("PATCH", "tasks/{id} or /crm/rest/v2/contacts/{id}/notes/{id}")
    case ("ContactAction", .delete): call("DELETE", "tasks/{id} or /crm/rest/v2/contacts/{id}/notes/{id}")
    case ("RecurringOrder", .delete): call("POST", "subscriptions/{id}:deactivate")
    case (_, .add): paths[table].map { call("POST", $0) } ?? inKeap
    case (_, .update): paths[table].map { call("PATCH", $0 + "/{id}") } ?? inKeap
    case (_, .delete): paths[table].map { call("DELETE", $0 + "/{id}") } ?? inKeap
    case (_, .load), (_, .findByField), (_, .query), (_, .count): inKeap
    }
  }

  private static func call(_ method: String, _ path: String) -> String {
    "Call \(method) /crm/rest/v2/\(path) with the same key."
  }

  /// For Keap's tables that the bridge does not have.
  static let ofOtherTables: [String: String] = Dictionary(
    others.flatMap { names, instead in names.split(separator: " ").map { (String($0), instead) } },
    uniquingKeysWith: { first, _ in first })

  private static func ask(_ path: String) -> String { "Call /crm/rest/v2/\(path) with the same key." }

  private static let nowhere = "REST has nothing like it: keep these records in your program, or do it in Keap."
  private static let automation =
    "Move the sequence to an automation, and start it by a tag (ContactService.addToGroup)."

  private static let others: [(names: String, instead: String)] = [
    (
      "ActionSequence",
      "Start an automation by a tag (ContactService.addToGroup) or a goal (FunnelService.achieveGoal)."
    ),
    ("Affiliate", ask("affiliates")), ("Referral", ask("referrals")),
    ("CProgram SubscriptionPlan", ask("products/{id}/subscriptions")), ("CampaignStep Campaignee", automation),
    ("CCharge Payment", ask("sales/transactions")), ("InvoicePayment", ask("orders/{id}/payments")),
    ("CreditCard", ask("contacts/{id}/paymentMethods")), ("InvoiceItem", ask("orders/{id}/items")),
    ("PayPlan PayPlanItem", "Read payment_plan of GET /crm/rest/v2/orders/{id} with the same key."),
    ("JobRecurringInstance", "Query the table Job, and call GET /crm/rest/v2/subscriptions/{id} with the same key."),
    ("RecurringOrderWithContact", "Query the table RecurringOrder, and load the contact of each."),
    ("DataFormGroup", ask("contacts/model/customFields/groups")),
    ("DataFormTab", ask("contacts/model/customFields/tabs")),
    ("EmailAddStatus", "Call APIEmailService.getOptStatus for each address."), ("FileBox", ask("files")),
    ("LeadSource", ask("leadSources")), ("LeadSourceCategory", ask("leadSourceCategories")),
    ("LeadSourceExpense", ask("leadSources/{id}/expenses")),
    ("LeadSourceRecurringExpense", ask("leadSources/{id}/recurringExpenses")),
    ("LinkedContactType", ask("contacts/links/types")), ("ProductCategory", ask("productCategories")),
    ("ProductCategoryAssign", ask("productCategories/assignedProducts")),
    ("ProductOption ProductOptionValue ProductOptValue", ask("products/{id}/options")),
    ("SavedFilter", ask("reporting/reports")), ("StageMove", ask("opportunities/stageMoves")),
    ("SocialAccount", "Read social_accounts of GET /crm/rest/v2/contacts/{id} with the same key."),
    ("Template", ask("emails/templates")),
    (
      "Expense GroupAssign MtgLead ProductInterest ProductInterestBundle Status Ticket TicketStage TicketType UserGroup",
      nowhere
    ),
  ]
}
