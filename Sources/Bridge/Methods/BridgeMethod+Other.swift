/// The methods of affiliates, discounts and files.
extension BridgeMethod {
  static let affiliates: [BridgeMethod] = [
    BridgeMethod(
      "AffiliateProgramService.getAffiliatesByProgram", "programId int",
      .refused(
        why: "The bridge does not carry it.",
        instead: "Call GET /crm/rest/v2/affiliates with the same key.")),
    BridgeMethod(
      "AffiliateProgramService.getProgramsForAffiliate", "affiliateId int",
      .refused(
        why: "The bridge does not carry it.",
        instead: "Call GET /crm/rest/v2/affiliates/commissionPrograms with the same key.")),
    BridgeMethod(
      "AffiliateProgramService.getAffiliatePrograms", "",
      .refused(
        why: "The bridge does not carry it.",
        instead: "Call GET /crm/rest/v2/affiliates/commissionPrograms with the same key.")),
    BridgeMethod(
      "AffiliateProgramService.getResourcesForAffiliateProgram", "programId int",
      .refused(
        why: "The bridge does not carry it.",
        instead: "Call GET /crm/rest/v2/affiliates/commissionPrograms/{id}/resources with the same key.")),
    BridgeMethod(
      "APIAffiliateService.affClawbacks", "affiliateId int, filterStartDate date, filterEndDate date",
      .refused(
        why: "The bridge does not carry it.",
        instead: "Call GET /crm/rest/v2/affiliates/{id}:commissions with the same key.")),
    BridgeMethod(
      "APIAffiliateService.affCommissions", "affiliateId int, filterStartDate date, filterEndDate date",
      .refused(
        why: "The bridge does not carry it.",
        instead: "Call GET /crm/rest/v2/affiliates/{id}:commissions with the same key.")),
    BridgeMethod(
      "AffiliateService.getRedirectLinksForAffiliate", "affiliateId int",
      .refused(
        why: "The bridge does not carry it.",
        instead: "Call GET /crm/rest/v2/affiliates/redirects with the same key.")),
    BridgeMethod(
      "APIAffiliateService.affPayouts", "affiliateId int, filterStartDate date, filterEndDate date",
      .refused(
        why: "The bridge does not carry it.",
        instead: "Call GET /crm/rest/v2/affiliates/{id}/payments with the same key.")),
    BridgeMethod(
      "APIAffiliateService.affRunningTotals", "affiliateIds array",
      .refused(
        why: "The bridge does not carry it.",
        instead: "Call GET /crm/rest/v2/affiliates/{id}/commissionTotal with the same key.")),
    BridgeMethod(
      "APIAffiliateService.affSummary", "affiliateId int, filterStartDate date, filterEndDate date",
      .refused(
        why: "The bridge does not carry it.",
        instead: "Call GET /crm/rest/v2/affiliates/summaries with the same key.")),
  ]

  static let discounts: [BridgeMethod] = [
    BridgeMethod(
      "DiscountService.addFreeTrial",
      "name string, description string, freeTrialDays int, hidePrice boolean, subscriptionPlanId int",
      .refused(
        why: "The bridge does not carry it.",
        instead: "Call POST /crm/rest/v2/discounts/freeTrials with the same key.")),
    BridgeMethod(
      "DiscountService.getFreeTrial", "trialId int",
      .refused(
        why: "The bridge does not carry it.",
        instead: "Call GET /crm/rest/v2/discounts/freeTrials/{id} with the same key.")),
    BridgeMethod(
      "DiscountService.addOrderTotalDiscount",
      "name string, description string, applyDiscountToCommission boolean, percentOrAmt int, amt double, payType int",
      .refused(
        why: "The bridge does not carry it.",
        instead: "Call POST /crm/rest/v2/discounts/orderTotals with the same key.")),
    BridgeMethod(
      "DiscountService.getOrderTotalDiscount", "id int",
      .refused(
        why: "The bridge does not carry it.",
        instead: "Call GET /crm/rest/v2/discounts/orderTotals/{id} with the same key.")),
    BridgeMethod(
      "DiscountService.addCategoryDiscount",
      "name string, description string, applyDiscountToCommission boolean, amt double",
      .refused(
        why: "The bridge does not carry it.",
        instead: "Call POST /crm/rest/v2/discounts/productCategories with the same key.")),
    BridgeMethod(
      "DiscountService.getCategoryDiscount", "id int",
      .refused(
        why: "The bridge does not carry it.",
        instead: "Call GET /crm/rest/v2/discounts/productCategories/{id} with the same key.")),
    BridgeMethod(
      "DiscountService.addCategoryAssignmentToCategoryDiscount", "id int, productId int",
      .refused(
        why: "The bridge does not carry it.",
        instead: "Call POST /crm/rest/v2/discounts/productCategories/{id}/criteria with the same key.")),
    BridgeMethod(
      "DiscountService.getCategoryAssignmentsForCategoryDiscount", "id int",
      .refused(
        why: "The bridge does not carry it.",
        instead: "Call GET /crm/rest/v2/discounts/productCategories/{id} with the same key.")),
    BridgeMethod(
      "DiscountService.addProductTotalDiscount",
      "name string, description string, applyDiscountToCommission boolean, productId int, percentOrAmt int, amt double",
      .refused(
        why: "The bridge does not carry it.",
        instead: "Call POST /crm/rest/v2/discounts/products with the same key.")),
    BridgeMethod(
      "DiscountService.getProductTotalDiscount", "id int",
      .refused(
        why: "The bridge does not carry it.",
        instead: "Call GET /crm/rest/v2/discounts/products/{id} with the same key.")),
    BridgeMethod(
      "DiscountService.addShippingTotalDiscount",
      "name string, description string, applyDiscountToCommission boolean, percentOrAmt int, amt double",
      .refused(
        why: "The bridge does not carry it.",
        instead: "Call POST /crm/rest/v2/discounts/shipping with the same key.")),
    BridgeMethod(
      "DiscountService.getShippingTotalDiscount", "id int",
      .refused(
        why: "The bridge does not carry it.",
        instead: "Call GET /crm/rest/v2/discounts/shipping/{id} with the same key.")),
  ]

  static let files: [BridgeMethod] = [
    BridgeMethod(
      "FileService.getFile", "fileId int",
      .refused(
        why: "The bridge does not carry it.",
        instead: "Call GET /crm/rest/v2/files/{id}:data with the same key.")),
    BridgeMethod(
      "FileService.getDownloadUrl", "fileId int",
      .refused(
        why: "REST v2 gives a file's bytes and no address.",
        instead: "Call GET /crm/rest/v2/files/{id}:data with the same key.")),
    BridgeMethod(
      "FileService.uploadFile", "contactId int, fileName string, base64EncodedData string",
      .refused(
        why: "The bridge does not carry it.",
        instead: "Call POST /crm/rest/v2/files with the same key.")),
    BridgeMethod(
      "FileService.replaceFile", "fileId int, base64EncodedData string",
      .refused(
        why: "The bridge does not carry it.",
        instead: "Call POST /crm/rest/v2/files/{id} with the same key.")),
    BridgeMethod(
      "FileService.renameFile", "fileId int, fileName string",
      .refused(
        why: "The bridge does not carry it.",
        instead: "Call POST /crm/rest/v2/files/{id} with the same key.")),
  ]
}
