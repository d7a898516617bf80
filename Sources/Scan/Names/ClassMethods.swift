/// The methods of the iSDK class, and of the Ruby gem, as Keap's methods.
enum ClassMethods {
  /// Keap's methods that the iSDK class has under their own names.
  private static let same: [(service: String, methods: String)] = [
    (
      "AffiliateProgramService",
      "getAffiliatesByProgram getProgramsForAffiliate getAffiliatePrograms getResourcesForAffiliateProgram"
    ),
    ("APIAffiliateService", "affClawbacks affCommissions affPayouts affRunningTotals affSummary"),
    ("AffiliateService", "getRedirectLinksForAffiliate"),
    (
      "ContactService",
      """
      findByEmail resumeCampaignForContact getNextCampaignStep getCampaigneeStepDetails rescheduleCampaignStep \
      applyActivityHistoryTemplate getActivityHistoryTemplateMap addWithDupCheck linkContacts unlinkContacts listLinkedContacts
      """
    ),
    ("CreditCardSubmissionService", "requestCreditCardId"),
    ("DataService", "addCustomField authenticateUser updateCustomField"),
    (
      "DiscountService",
      """
      addFreeTrial getFreeTrial addOrderTotalDiscount getOrderTotalDiscount addCategoryDiscount getCategoryDiscount \
      addCategoryAssignmentToCategoryDiscount getCategoryAssignmentsForCategoryDiscount addProductTotalDiscount \
      getProductTotalDiscount addShippingTotalDiscount getShippingTotalDiscount
      """
    ),
    (
      "APIEmailService",
      "attachEmail getAvailableMergeFields sendEmail sendTemplate addEmailTemplate getEmailTemplate updateEmailTemplate optIn optOut"
    ),
    ("FileService", "getFile uploadFile replaceFile renameFile getDownloadUrl"), ("FunnelService", "achieveGoal"),
    (
      "InvoiceService",
      """
      deleteInvoice deleteSubscription getPayments setInvoiceSyncStatus setPaymentSyncStatus getPluginStatus \
      getAllPaymentOptions addOrderItem getInvoiceId getOrderId chargeInvoice recalculateTax
      """
    ),
    ("OrderService", "placeOrder"),
    (
      "ProductService",
      """
      getInventory incrementInventory decrementInventory increaseInventory decreaseInventory deactivateCreditCard
      """
    ),
    ("SearchService", "getDefaultQuickSearch quickSearch"), ("ServiceCallService", "addMoveNotes moveTicketStage"),
    (
      "ShippingService",
      """
      getAllShippingOptions getFlatRateShippingOption getOrderTotalShippingOption getOrderTotalShippingRanges \
      getProductBasedShippingOption getProductShippingPricesForProductShippingOption getOrderQuantityShippingOption \
      getWeightBasedShippingOption getWeightBasedShippingRanges getUpsShippingOption
      """
    ),
    ("WebTrackingService", "getWebTrackingScriptUrl"),
  ]

  /// Names that no other class has; whose class nobody can see is taken for the iSDK class by them.
  private static let ownISDK: [String: String] = [
    "addCon": "ContactService.add", "updateCon": "ContactService.update", "mergeCon": "ContactService.merge",
    "loadCon": "ContactService.load", "grpAssign": "ContactService.addToGroup",
    "grpRemove": "ContactService.removeFromGroup", "campAssign": "ContactService.addToCampaign",
    "campRemove": "ContactService.removeFromCampaign",
    "campPause": "ContactService.pauseCampaign", "runAS": "ContactService.runActionSequence",
    "dsGetSetting": "DataService.getAppSetting", "dsAdd": "DataService.add", "dsAddWithImage": "DataService.add",
    "dsDelete": "DataService.delete", "dsUpdate": "DataService.update", "dsUpdateWithImage": "DataService.update",
    "dsLoad": "DataService.load", "dsFind": "DataService.findByField", "dsQuery": "DataService.query",
    "dsQueryOrderBy": "DataService.query", "dsCount": "DataService.count",
    "manualPmt": "InvoiceService.addManualPayment",
    "commOverride": "InvoiceService.addOrderCommissionOverride", "addRecurringAdv": "InvoiceService.addRecurringOrder",
    "amtOwed": "InvoiceService.calculateAmountOwed",
  ]

  private static let otherISDK: [String: String] = [
    "vendorCon": "DataService.getTemporaryKey", "appEcho": "DataService.echo",
    "requestCcSubmissionToken": "CreditCardSubmissionService.requestSubmissionToken",
    "createEmailTemplate": "APIEmailService.addEmailTemplate", "optStatus": "APIEmailService.getOptStatus",
    "payPlan": "InvoiceService.addPaymentPlan", "addRecurring": "InvoiceService.addRecurringOrder",
    "blankOrder": "InvoiceService.createBlankOrder", "recurringInvoice": "InvoiceService.createInvoiceForRecurring",
    "locateCard": "InvoiceService.locateExistingCard", "validateCard": "InvoiceService.validateCreditCard",
    "updateSubscriptionNextBillDate": "InvoiceService.updateJobRecurringNextBillDate",
    "savedSearchAllFields": "SearchService.getSavedSearchResultsAllFields",
    "savedSearch": "SearchService.getSavedSearchResults", "getAvailableFields": "SearchService.getAllReportColumns",
    "getQuickSearches": "SearchService.getAvailableQuickSearches",
    "getAllConfiguredShippingOptions": "ShippingService.getAllShippingOptions",
    "getWebFormMap": "WebFormService.getMap", "getWebFormHtml": "WebFormService.getHTML",
    "getWebTrackingServiceTag": "WebTrackingService.getWebTrackingScriptTag",
  ]

  private static func lowercased(_ table: [String: String]) -> [String: String] {
    Dictionary(table.map { ($0.key.lowercased(), $0.value) }, uniquingKeysWith: { $1 })
  }

  /// Methods of the iSDK class in small letters, as PHP does not tell case.
  static let iSDK: [String: String] = {
    var table = lowercased(ownISDK).merging(lowercased(otherISDK)) { $1 }
    for (service, methods) in same {
      for method in methods.split(separator: " ") { table[method.lowercased()] = "\(service).\(method)" }
    }
    return table
  }()

  static let onlyISDK: [String: String] = lowercased(ownISDK)

  /// The gem's methods: the word that stands for a service, and what follows it where that is not Keap's name in small words.
  static let gem: [String: String] = {
    var table: [String: String] = [:]
    for (service, methods) in gemMethods {
      for pair in methods.split(whereSeparator: \.isWhitespace) {
        let names = pair.split(separator: ":")
        table[String(names[0])] = "\(service).\(names[names.count - 1])"
      }
    }
    return table
  }()

  private static let gemMethods: [(service: String, methods: String)] = [
    (
      "APIAffiliateService",
      """
      affiliate_clawbacks:affClawbacks affiliate_commissions:affCommissions affiliate_payouts:affPayouts
      affiliate_running_totals:affRunningTotals affiliate_summary:affSummary
      """
    ),
    (
      "ContactService",
      """
      contact_add:add contact_merge:merge contact_add_with_dup_check:addWithDupCheck contact_update:update contact_load:load
      contact_find_by_email:findByEmail contact_add_to_campaign:addToCampaign
      contact_get_next_campaign_step:getNextCampaignStep contact_pause_campaign:pauseCampaign
      contact_remove_from_campaign:removeFromCampaign contact_resume_campaign:resumeCampaignForContact
      contact_reschedule_campaign_step:rescheduleCampaignStep contact_remove_from_group:removeFromGroup
      contact_add_to_group:addToGroup contact_run_action_set:runActionSequence contact_link_contact:linkContact
      contact_locate_contact_link:locateContactLink contact_mark_link_updated:markLinkUpdated
      contact_run_action_set_with_params:runActionSequence
      """
    ),
    (
      "CreditCardSubmissionService",
      "credit_card_request_token:requestSubmissionToken credit_card_lookup_by_token:requestCreditCardId"
    ),
    (
      "DataService",
      """
      data_add:add data_load:load data_update:update data_delete:delete data_find_by_field:findByField data_query:query
      data_query_order_by:query data_add_custom_field:addCustomField data_authenticate_user:authenticateUser
      data_get_app_setting:getAppSetting data_get_temporary_key:getTemporaryKey data_update_custom_field:updateCustomField
      """
    ),
    (
      "APIEmailService",
      """
      email_add:addEmailTemplate email_attach:attachEmail email_get_available_merge_fields:getAvailableMergeFields
      email_get_template:getEmailTemplate email_get_opt_status:getOptStatus email_optin:optIn email_optout:optOut
      email_send:sendEmail email_send_template:sendTemplate email_update_template:updateEmailTemplate
      """
    ),
    (
      "FileService",
      "file_upload:uploadFile file_get:getFile file_url:getDownloadUrl file_rename:renameFile file_replace:replaceFile"
    ),
    ("FunnelService", "funnel_achieve_goal:achieveGoal"),
    (
      "InvoiceService",
      """
      invoice_create_blank_order:createBlankOrder invoice_add_order_item:addOrderItem invoice_charge_invoice:chargeInvoice
      invoice_delete_subscription:deleteSubscription invoice_add_recurring_order:addRecurringOrder
      invoice_add_subscription:addRecurringOrder invoice_add_recurring_order_with_price:addRecurringOrder
      contact_add_recurring_order:addRecurringOrder
      invoice_add_recurring_commission_override:addRecurringCommissionOverride invoice_add_manual_payment:addManualPayment
      add_manual_payment:addManualPayment invoice_create_invoice_for_recurring:createInvoiceForRecurring
      invoice_add_payment_plan:addPaymentPlan invoice_calculate_amount_owed:calculateAmountOwed
      invoice_get_all_payment_otpions:getAllPaymentOptions invoice_get_payments:getPayments
      invoice_locate_existing_card:locateExistingCard invoice_recalculate_tax:recalculateTax
      invoice_validate_card:validateCreditCard invoice_get_all_shipping_options:getAllShippingOptions
      invoice_update_recurring_next_bill_date:updateJobRecurringNextBillDate
      invoice_add_order_commission_override:addOrderCommissionOverride invoice_get_invoice_id:getInvoiceId
      """
    ),
    ("OrderService", "place_order:placeOrder"),
    (
      "SearchService",
      """
      search_get_all_report_columns:getAllReportColumns
      search_get_saved_search_results:getSavedSearchResultsAllFields
      search_get_available_quick_searches:getAvailableQuickSearches search_quick_search:quickSearch
      search_get_default_search_type:getDefaultQuickSearch
      """
    ),
    ("ServiceCallService", "ticket_add_move_notes:addMoveNotes ticket_move_stage:moveTicketStage"),
  ]
}
