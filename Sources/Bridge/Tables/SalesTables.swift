extension BridgeTable {
  static let lead = BridgeTable(
    name: "Lead",
    sources: [
      RecordSource(
        path: "/crm/rest/v2/opportunities", list: "opportunities", record: "/crm/rest/v2/opportunities/{id}",
        properties: .besides(["created_by", "last_updated_by", "status_id"]),
        fields: [
          BridgeField("Id", .member("id"), .id, filter: .number("opportunity_id", several: "ids")),
          BridgeField(
            "OpportunityTitle", .member("opportunity_title"), filter: .wider("opportunity_title", prefix: true),
            order: "opportunity_title"),
          BridgeField("ContactID", .part(of: "contact", "id"), .id, filter: .exact("contact_id")),
          BridgeField("StageID", .part(of: "stage", "id"), .id, filter: .exact("stage_id")),
          BridgeField("UserID", .part(of: "user", "id"), .id, filter: .exact("user_id")),
          BridgeField("AffiliateId", .member("affiliate_id"), .id, filter: .exact("affiliate_id")),
          BridgeField("StatusID", .member("status_id"), .id),
          BridgeField("Leadsource", .member("lead_source"), filter: .wider("lead_source_name", prefix: true)),
          BridgeField("NextActionDate", .member("next_action_time"), .moment, order: "next_action_time"),
          BridgeField("NextActionNotes", .member("next_action_notes")),
          BridgeField("OpportunityNotes", .member("opportunity_notes")),
          BridgeField("EstimatedCloseDate", .member("estimated_close_time"), .moment),
          BridgeField("IncludeInForecast", .member("include_in_forecast"), .yesNo),
          BridgeField("ProjectedRevenueLow", .member("projected_revenue_low"), .decimal),
          BridgeField("ProjectedRevenueHigh", .member("projected_revenue_high"), .decimal),
          BridgeField("DateCreated", .member("created_time"), .moment, order: "created_time"),
          BridgeField("LastUpdated", .member("last_updated_time"), .moment, order: "update_time"),
          BridgeField("CreatedBy", .member("created_by"), .id),
          BridgeField("LastUpdatedBy", .member("last_updated_by"), .id),
        ])
    ],
    difference: "It can be read and not written.")

  static let stage = BridgeTable(
    name: "Stage",
    sources: [
      RecordSource(
        path: "/crm/rest/v2/opportunities/stages", list: "stages", record: "/crm/rest/v2/opportunities/stages/{id}",
        fields: [
          BridgeField("Id", .member("id"), .id, filter: .number("opportunity_stage_id")),
          BridgeField("StageName", .member("name"), filter: .wider("opportunity_stage_name", prefix: true)),
          BridgeField("StageOrder", .member("order"), .int, order: "stage_order"),
          BridgeField("TargetNumDays", .member("target_number_days"), .int),
        ])
    ],
    difference: "It can be read and not written.")

  static let contactAction = BridgeTable(
    name: "ContactAction",
    sources: [
      RecordSource(
        path: "/crm/rest/v2/tasks", list: "tasks", record: "/crm/rest/v2/tasks/{id}",
        fields: [
          BridgeField("ObjectType", .constant("Task")),
          BridgeField("Id", .member("id"), .id, filter: .number("id"), order: "id"),
          BridgeField("ContactId", .member("contact_id"), .id, filter: .exact("contact_id")),
          BridgeField("OpportunityId", .member("opportunity_id"), .id, filter: .exact("opportunity_id")),
          BridgeField("ActionType", .member("type")),
          BridgeField("ActionDescription", .member("title"), filter: .wider("title", prefix: true)),
          BridgeField("CreationNotes", .member("description")),
          BridgeField("CreationDate", .member("create_time"), .moment, order: "create_time"),
          BridgeField("CompletionDate", .member("completion_time"), .moment),
          BridgeField("ActionDate", .member("due_time"), .moment, order: "due_time"),
          BridgeField("UserID", .member("assigned_to_user_id"), .id, filter: .exact("user_id")),
          BridgeField("Accepted", .member("accepted"), .yesNo),
          BridgeField("CreatedBy", .member("created_by_user_id"), .id),
          BridgeField("LastUpdated", .member("modification_time"), .moment, order: "update_time"),
          BridgeField("LastUpdatedBy", .member("last_updated_by_user_id"), .id),
        ]),
      RecordSource(
        path: "/crm/rest/v2/notes", list: "notes",
        fields: [
          BridgeField("ObjectType", .constant("Note")),
          BridgeField("Id", .member("id"), .id, filter: .number("id"), order: "id"),
          BridgeField("ContactId", .member("contact_id"), .id, filter: .exact("contact_id")),
          BridgeField("ActionType", .member("type")),
          BridgeField("ActionDescription", .member("title"), filter: .wider("title", prefix: true)),
          BridgeField("CreationNotes", .member("text")),
          BridgeField("CreationDate", .member("create_time"), .moment, order: "create_time"),
          BridgeField("UserID", .part(of: "assigned_to_user", "id"), .id, filter: .exact("assigned_to_user_id")),
          BridgeField("CreatedBy", .member("created_by_user_id"), .id),
          BridgeField("LastUpdated", .member("update_time"), .moment, order: "update_time"),
          BridgeField("LastUpdatedBy", .member("last_updated_by_user_id"), .id),
        ]),
    ],
    isUnion: true,
    difference:
      "Tasks come first and notes after them; appointments are not in REST v2. It can be read and not written.")

  static let product = BridgeTable(
    name: "Product",
    sources: [
      RecordSource(
        path: "/crm/rest/v2/products", list: "products", record: "/crm/rest/v2/products/{id}",
        fields: [
          BridgeField("Id", .member("id"), .id, filter: .number("product_id", several: "product_ids")),
          BridgeField("ProductName", .member("name"), filter: .wider("name", prefix: true), order: "name"),
          BridgeField("ProductPrice", .member("price"), .money),
          BridgeField("Sku", .member("sku"), filter: .wider("sku", prefix: true), order: "sku"),
          BridgeField("Description", .member("description")),
          BridgeField("ShortDescription", .member("short_description")),
          BridgeField("TopHTML", .member("top_html")),
          BridgeField("BottomHTML", .member("bottom_html")),
          BridgeField("Status", .member("active"), .yesNo),
          BridgeField("Taxable", .member("taxable"), .yesNo),
          BridgeField("CountryTaxable", .member("country_taxable"), .yesNo),
          BridgeField("StateTaxable", .member("state_taxable"), .yesNo),
          BridgeField("CityTaxable", .member("city_taxable"), .yesNo),
          BridgeField("Shippable", .member("shippable"), .yesNo),
          BridgeField("IsPackage", .member("is_package"), .yesNo),
          BridgeField("NeedsDigitalDelivery", .member("needs_digital_delivery"), .yesNo),
          BridgeField("HideInStore", .member("storefront_hidden"), .yesNo),
          BridgeField("Weight", .member("weight"), .decimal),
          BridgeField("InventoryLimit", .part(of: "inventory", "inventory_limit"), .int),
          BridgeField("DateCreated", .member("create_time"), .moment),
          BridgeField("LastUpdated", .member("update_time"), .moment, order: "last_updated_time"),
        ])
    ],
    difference: "It can be read and not written.")

  static let job = BridgeTable(
    name: "Job",
    sources: [
      RecordSource(
        path: "/crm/rest/v2/orders", list: "orders", record: "/crm/rest/v2/orders/{id}",
        fields: [
          BridgeField("Id", .member("id"), .id, filter: .number("id"), order: "id"),
          BridgeField("JobTitle", .member("title"), filter: .wider("title", prefix: true)),
          BridgeField("ContactId", .part(of: "contact", "id"), .id, filter: .exact("contact_id")),
          BridgeField("JobNotes", .member("notes")),
          BridgeField("DueDate", .member("due_time"), .moment),
          BridgeField("StartDate", .member("order_time"), .moment, order: "order_time"),
          BridgeField("DateCreated", .member("creation_time"), .moment),
          BridgeField("LastUpdated", .member("modification_time"), .moment, order: "modification_time"),
          BridgeField("OrderType", .member("order_type"), .code(["ONLINE": "Online", "OFFLINE": "Offline"])),
          BridgeField("JobStatus", .nowhere("REST's status of an order is another")),
          BridgeField("OrderStatus", .nowhere("REST's status of an order is another")),
          BridgeField("JobRecurringId", .nowhere("REST does not say from which subscription an order comes")),
        ])
    ],
    difference: "It can be read and not written.")

  static let invoice = BridgeTable(
    name: "Invoice",
    sources: [
      RecordSource(
        path: "/crm/rest/v2/orders", list: "orders",
        fields: [
          BridgeField("Id", .member("invoice_id"), .id, filter: .exact("invoice_id")),
          BridgeField("JobId", .member("id"), .id, filter: .number("id"), order: "id"),
          BridgeField("ContactId", .part(of: "contact", "id"), .id, filter: .exact("contact_id")),
          BridgeField("Description", .member("title"), filter: .wider("title", prefix: true)),
          BridgeField("InvoiceTotal", .member("total"), .money),
          BridgeField("TotalPaid", .member("total_paid"), .money),
          BridgeField("PayStatus", .member("status"), .code(["PAID": "1", "DRAFT": "0", "SENT": "0", "VIEWED": "0"])),
          BridgeField("DateCreated", .member("order_time"), .moment, order: "order_time"),
          BridgeField("LastUpdated", .member("modification_time"), .moment, order: "modification_time"),
          BridgeField("AffiliateId", .member("sales_affiliate_id"), .id),
          BridgeField("LeadAffiliateId", .member("lead_affiliate_id"), .id),
          BridgeField("PromoCode", .member("promo_code")),
          BridgeField("Synced", .member("synced"), .yesNo),
          BridgeField("TotalDue", .nowhere("REST's total_due is what is still owed, not the sum that was due")),
          BridgeField("RefundStatus", .nowhere("REST says it in other words")),
          BridgeField("CreditStatus", .nowhere("REST says it in other words")),
        ])
    ],
    difference: "An order of REST is a Job and its Invoice. It can be read and not written.")

  static let orderItem = BridgeTable(
    name: "OrderItem",
    sources: [
      RecordSource(
        path: "/crm/rest/v2/orders/{OrderId}", list: "order_items", isPaged: false,
        fields: [
          BridgeField("OrderId", .asked, .id),
          BridgeField("Id", .member("id"), .id),
          BridgeField("ProductId", .part(of: "product", "id"), .id),
          BridgeField("SubscriptionPlanId", .part(of: "subscription_plan", "id"), .id),
          BridgeField("ItemName", .member("name")),
          BridgeField("ItemDescription", .member("description")),
          BridgeField("Notes", .member("notes")),
          BridgeField("Qty", .member("quantity"), .int),
          BridgeField("PPU", .member("price_per_unit"), .money),
          BridgeField("CPU", .member("cost_per_unit"), .money),
          BridgeField("ItemType", .nowhere("REST names the types of items in other words")),
        ])
    ],
    difference: "A query names one OrderId; REST lists items only within their order. It can be read and not written.")

  static let recurringOrder = BridgeTable(
    name: "RecurringOrder",
    sources: [
      RecordSource(
        path: "/crm/rest/v2/subscriptions", list: "subscriptions", record: "/crm/rest/v2/subscriptions/{id}",
        fields: [
          BridgeField("Id", .member("id"), .id, filter: .number("id"), order: "id"),
          BridgeField("ContactId", .member("contact_id"), .id, filter: .exact("contact_id"), order: "contact_id"),
          BridgeField("ProductId", .member("product_id"), .id),
          BridgeField(
            "SubscriptionPlanId", .member("subscription_plan_id"), .id, filter: .exact("subscription_plan_id")),
          BridgeField("BillingAmt", .member("billing_amount"), .decimal),
          BridgeField(
            "BillingCycle", .member("billing_cycle"), .code(["YEAR": "1", "MONTH": "2", "WEEK": "3", "DAY": "6"])),
          BridgeField("Frequency", .member("billing_frequency"), .int),
          BridgeField("Qty", .member("quantity"), .int),
          BridgeField("Status", .member("active"), .code(["true": "Active", "false": "Inactive"])),
          BridgeField("AutoCharge", .member("auto_charge"), .yesNo),
          BridgeField("StartDate", .member("start_date"), .day),
          BridgeField("EndDate", .member("end_date"), .day),
          BridgeField("LastBillDate", .member("last_bill_date"), .day),
          BridgeField("NextBillDate", .member("next_bill_date"), .day),
          BridgeField("MaxRetry", .member("max_charge_attempts"), .int),
          BridgeField("NumDaysBetweenRetry", .member("days_between_retries"), .int),
          BridgeField("MerchantAccountId", .member("merchant_account_id"), .id),
          BridgeField("AffiliateId", .member("sale_affiliate_id"), .id),
          BridgeField("LeadAffiliateId", .member("lead_affiliate_id"), .id),
          BridgeField("ShippingOptionId", .member("shipping_option_id"), .id),
          BridgeField("PromoCode", .member("promo_code")),
          BridgeField("ReasonStopped", .member("reason_stopped")),
          BridgeField("CC1", .nowhere("REST's payment methods have other numbers")),
          BridgeField("PaidThruDate", .nowhere("REST does not say it")),
        ])
    ],
    difference: "It can be read and not written.")
}
