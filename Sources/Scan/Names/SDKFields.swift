/// The fields that Novak's SDK knows of each table that the bridge has, and asks for where its caller names none (as of 2024).
package enum SDKFields {
  /// What a class of the SDK for a table says of it, where the SDK is among the code that is scanned.
  package struct List: Equatable, Sendable {
    package var table: String
    package var names: [String]
  }

  static func names(of table: String) -> [String] { byTable[table] ?? [] }

  /// The list in a source of the SDK; nil where it has none.
  static func list(in source: SourceText) -> List? {
    let prefix = "Infusionsoft_Generated_"
    var table: String?
    for index in 0..<source.count {
      let token = source[index]
      if token.kind == .word, token.text.lowercased() == "class", source[index + 1].text.hasPrefix(prefix) {
        table = Verdict.tables[source[index + 1].text.dropFirst(prefix.count).lowercased()]
      }
      guard let table, token.kind == .variable, token.text == "$tableFields", source.isSymbol("=", at: index + 1),
        let open = source.openOfList(at: index + 2)
      else { continue }
      let inner = open..<min(source.partner[open], source.count)
      return List(table: table, names: inner.map { source[$0] }.filter { $0.kind == .string }.map(\.text))
    }
    return nil
  }

  private static let byTable: [String: [String]] = Dictionary(
    tables.map { ($0.name, $0.fields.split(whereSeparator: \.isWhitespace).map(String.init)) },
    uniquingKeysWith: { first, _ in first })

  private static let tables: [(name: String, fields: String)] = [
    (
      "Contact",
      """
      AccountId Address1Type Address2Street1 Address2Street2 Address2Type Address3Street1 Address3Street2 Address3Type
      Anniversary AssistantName AssistantPhone BillingInformation Birthday City City2 City3 Company CompanyID ContactNotes
      ContactType Country Country2 Country3 CreatedBy DateCreated Email EmailAddress2 EmailAddress3 Fax1 Fax1Type Fax2
      Fax2Type FirstName Groups Id JobTitle Language LastName LastUpdated LastUpdatedBy LeadSourceId Leadsource MiddleName
      Nickname OwnerID Password Phone1 Phone1Ext Phone1Type Phone2 Phone2Ext Phone2Type Phone3 Phone3Ext Phone3Type Phone4
      Phone4Ext Phone4Type Phone5 Phone5Ext Phone5Type PostalCode PostalCode2 PostalCode3 ReferralCode SpouseName State
      State2 State3 StreetAddress1 StreetAddress2 Suffix TimeZone Title Username Validated Website ZipFour1 ZipFour2
      ZipFour3
      """
    ),
    (
      "Company",
      """
      AccountId Address1Type Address2Street1 Address2Street2 Address2Type Address3Street1 Address3Street2 Address3Type
      Anniversary AssistantName AssistantPhone BillingInformation Birthday City City2 City3 Company CompanyID ContactNotes
      ContactType Country Country2 Country3 CreatedBy DateCreated Email EmailAddress2 EmailAddress3 Fax1 Fax1Type Fax2
      Fax2Type FirstName Groups Id JobTitle LastName LastUpdated LastUpdatedBy MiddleName Nickname OwnerID Password Phone1
      Phone1Ext Phone1Type Phone2 Phone2Ext Phone2Type Phone3 Phone3Ext Phone3Type Phone4 Phone4Ext Phone4Type Phone5
      Phone5Ext Phone5Type PostalCode PostalCode2 PostalCode3 ReferralCode SpouseName State State2 State3 StreetAddress1
      StreetAddress2 Suffix Title Username Validated Website ZipFour1 ZipFour2 ZipFour3
      """
    ),
    ("ContactGroup", "GroupCategoryId GroupDescription GroupName Id"),
    ("ContactGroupCategory", "CategoryDescription CategoryName Id"),
    ("ContactGroupAssign", "ContactGroup ContactId DateCreated GroupId"),
    ("DataFormField", "DataType DefaultValue FormId GroupId Id Label ListRows Name Values"),
    (
      "User",
      """
      City Email EmailAddress2 EmailAddress3 FirstName HTMLSignature Id LastName MiddleName Nickname Partner Phone1
      Phone1Ext Phone1Type Phone2 Phone2Ext Phone2Type PostalCode Signature SpouseName State StreetAddress1 StreetAddress2
      Suffix Title ZipFour1
      """
    ),
    (
      "Lead",
      """
      AffiliateId ContactID CreatedBy DateCreated EstimatedCloseDate Id LastUpdated LastUpdatedBy Leadsource NextActionDate
      NextActionNotes Objection OpportunityNotes OpportunityTitle ProjectedRevenueHigh ProjectedRevenueLow StageID StatusID
      UserID
      """
    ),
    ("Stage", "Id StageName StageOrder TargetNumDays"),
    (
      "ContactAction",
      """
      Accepted ActionDate ActionDescription ActionType CompletionDate ContactId CreatedBy CreationDate CreationNotes
      EndDate Id IsAppointment LastUpdated LastUpdatedBy ObjectType OpportunityId PopupDate Priority UserID
      """
    ),
    (
      "Product",
      """
      BottomHTML Description HideInStore Id InventoryLimit InventoryNotifiee IsPackage NeedsDigitalDelivery ProductName
      ProductPrice Shippable ShippingTime ShortDescription Sku Status Taxable TopHTML Weight
      """
    ),
    (
      "Job",
      """
      ContactId DateCreated DueDate Id JobNotes JobRecurringId JobStatus JobTitle LastUpdated OrderStatus OrderType
      ProductId ShipCity ShipCompany ShipCountry ShipFirstName ShipLastName ShipMiddleName ShipPhone ShipState ShipStreet1
      ShipStreet2 ShipZip StartDate
      """
    ),
    ("OrderItem", "CPU Id ItemDescription ItemName ItemType Notes OrderId PPU ProductId Qty SubscriptionPlanId"),
    (
      "Invoice",
      """
      AffiliateId ContactId CreditStatus DateCreated Description Id InvoiceTotal InvoiceType JobId LastUpdated
      LeadAffiliateId PayPlanStatus PayStatus ProductSold PromoCode RefundStatus Synced TotalDue TotalPaid
      """
    ),
    (
      "RecurringOrder",
      """
      AffiliateId AutoCharge BillingAmt BillingCycle CC1 CC2 ContactId EndDate Frequency Id LastBillDate LeadAffiliateId
      MaxRetry MerchantAccountId NextBillDate NumDaysBetweenRetry OriginatingOrderId PaidThruDate ProductId ProgramId
      PromoCode Qty ReasonStopped StartDate Status SubscriptionPlanId
      """
    ),
    ("Campaign", "Id Name Status"),
  ]
}
