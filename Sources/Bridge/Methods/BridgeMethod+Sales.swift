/// The methods of invoices, orders, products and shipping.
extension BridgeMethod {
  static let sales: [BridgeMethod] = [
    BridgeMethod(
      "InvoiceService.createBlankOrder",
      "contactId int, description string, orderDate date, leadAffiliateId int, saleAffiliateId int",
      .refused(
        why: "It has to do with money that is charged or owed, and cannot be repeated safely after a "
          + "lost answer.",
        instead: "Call POST /crm/rest/v2/orders with the same key, and look for the order before repeating it.")),
    BridgeMethod(
      "InvoiceService.addOrderItem",
      "invoiceId int, productId int, type int, price double, quantity int, description string, notes string",
      .refused(
        why: "It has to do with money that is charged or owed, and cannot be repeated safely after a "
          + "lost answer.",
        instead: "Call POST /crm/rest/v2/orders/{id}/items with the same key.")),
    BridgeMethod(
      "InvoiceService.chargeInvoice",
      "invoiceId int, notes string, creditCardId int, merchantAccountId int, bypassCommissions boolean",
      .refused(
        why: "It has to do with money that is charged or owed, and cannot be repeated safely after a "
          + "lost answer.",
        instead: "Call POST /crm/rest/v2/orders/{id}/payments with the same key, and look for the payment "
          + "before repeating it.")),
    BridgeMethod(
      "InvoiceService.deleteSubscription", "recurringOrderId int",
      .refused(
        why: "It has to do with money that is charged or owed, and cannot be repeated safely after a "
          + "lost answer.",
        instead: "Call POST /crm/rest/v2/subscriptions/{id}:deactivate with the same key.")),
    BridgeMethod(
      "InvoiceService.deleteInvoice", "invoiceId int",
      .refused(
        why: "It has to do with money that is charged or owed, and cannot be repeated safely after a "
          + "lost answer.",
        instead: "Call DELETE /crm/rest/v2/orders/{id} with the same key.")),
    BridgeMethod(
      "InvoiceService.addRecurringOrder",
      "contactId int, allowDuplicate boolean, cProgramId int, qty int, price double, taxable boolean, merchantAccountId int, creditCardId int, affiliated boolean, daysTillCharge int",
      .refused(
        why: "It has to do with money that is charged or owed, and cannot be repeated safely after a "
          + "lost answer.",
        instead: "Call POST /crm/rest/v2/subscriptions with the same key, and look for the subscription "
          + "before repeating it.")),
    BridgeMethod(
      "InvoiceService.addRecurringCommissionOverride",
      "recurringOrderId int, affiliateId int, amount double, payoutType int, description string",
      .refused(
        why: "REST v2 does not have it.",
        instead: "Set the commission in Keap.")),
    BridgeMethod(
      "InvoiceService.createInvoiceForRecurring", "recurringOrderId int",
      .refused(
        why: "It has to do with money that is charged or owed, and cannot be repeated safely after a "
          + "lost answer.",
        instead: "Call POST /crm/rest/v2/subscriptions/{id}:invoice with the same key.")),
    BridgeMethod(
      "InvoiceService.addManualPayment",
      "invoiceId int, amt double, paymentDate date, paymentType string, paymentDescription string, bypassCommissions boolean",
      .refused(
        why: "It has to do with money that is charged or owed, and cannot be repeated safely after a "
          + "lost answer.",
        instead: "Call POST /crm/rest/v2/orders/{id}/payments with the same key, and look for the payment "
          + "before repeating it.")),
    BridgeMethod(
      "InvoiceService.addPaymentPlan",
      "invoiceId int, autoCharge boolean, creditCardId int, merchantAccountId int, daysBetweenRetry int, maxRetry int, initialPmtAmt double, initialPmtDate date, plantStartDate date, numPayments int, daysBetweenPayments int",
      .refused(
        why: "It has to do with money that is charged or owed, and cannot be repeated safely after a "
          + "lost answer.",
        instead: "Call PUT /crm/rest/v1/orders/{id}/paymentPlan with the same key.")),
    BridgeMethod(
      "InvoiceService.calculateAmountOwed", "invoiceId int",
      .refused(
        why: "The bridge does not carry it.",
        instead: "Read total_due of GET /crm/rest/v2/orders?filter=invoice_id==… with the same key.")),
    BridgeMethod(
      "InvoiceService.getAllPaymentOptions", "",
      .refused(
        why: "REST v2 does not have it.",
        instead: "Keep the options in your program.")),
    BridgeMethod(
      "InvoiceService.getPayments", "invoiceId int",
      .refused(
        why: "The bridge does not carry it.",
        instead: "Call GET /crm/rest/v2/orders/{id}/payments with the same key.")),
    BridgeMethod(
      "InvoiceService.locateExistingCard", "contactId int, last4 string",
      .refused(
        why: "The bridge does not carry it.",
        instead: "Call GET /crm/rest/v2/contacts/{id}/paymentMethods with the same key.")),
    BridgeMethod(
      "InvoiceService.recalculateTax", "invoiceId int",
      .refused(
        why: "It has to do with money that is charged or owed, and cannot be repeated safely after a "
          + "lost answer.",
        instead: "Call POST /crm/rest/v2/orders/{id}:applyTax with the same key.")),
    BridgeMethod(
      "InvoiceService.validateCreditCard",
      "cardType string, contactId int, cardNumber string, expirationMonth string, expirationYear string, cvv2 string",
      .refused(
        why: "REST takes no card numbers.",
        instead: "Let Keap's own payment form take the card.")),
    BridgeMethod(
      "InvoiceService.getAllShippingOptions", "",
      .refused(
        why: "The bridge does not carry it.",
        instead: "Call GET /crm/rest/v2/shipping with the same key.")),
    BridgeMethod(
      "InvoiceService.updateJobRecurringNextBillDate", "recurringOrderId int, nextBillDate date",
      .refused(
        why: "It has to do with money that is charged or owed, and cannot be repeated safely after a "
          + "lost answer.",
        instead: "Call PATCH /crm/rest/v2/subscriptions/{id} with next_bill_date with the same key.")),
    BridgeMethod(
      "InvoiceService.addOrderCommissionOverride",
      "invoiceId int, affiliateId int, productId int, percentage double, amount double, payoutType int, description string, date date",
      .refused(
        why: "It has to do with money that is charged or owed, and cannot be repeated safely after a "
          + "lost answer.",
        instead: "Call POST /crm/rest/v2/orders/{id}/items/{id}:applyCommission with the same key.")),
    BridgeMethod(
      "InvoiceService.getOrderId", "invoiceId int",
      .refused(
        why: "The bridge does not carry it.",
        instead: "Read JobId of the table Invoice with DataService.query.")),
    BridgeMethod(
      "InvoiceService.getInvoiceId", "orderId int",
      .refused(
        why: "The bridge does not carry it.",
        instead: "Read Id of the table Invoice with DataService.query.")),
    BridgeMethod(
      "OrderService.placeOrder",
      "contactId int, creditCardId int, payPlanId int, productIds array, subscriptionPlanIds array, processSpecials boolean, promoCodes array, leadAffiliateId int, affiliateId int",
      .refused(
        why: "It has to do with money that is charged or owed, and cannot be repeated safely after a "
          + "lost answer.",
        instead: "Call POST /crm/rest/v2/orders and its payments with the same key, and look for the order "
          + "before repeating it.")),
  ]

  static let shop: [BridgeMethod] = [
    BridgeMethod(
      "ProductService.getInventory", "productId int",
      .refused(
        why: "The bridge does not carry it.",
        instead: "Read inventory of GET /crm/rest/v2/products/{id} with the same key.")),
    BridgeMethod(
      "ProductService.incrementInventory", "productId int",
      .refused(
        why: "It counts twice when it is repeated after a lost answer.",
        instead: "Call POST /crm/rest/v2/products/{id}:adjustInventory with the same key.")),
    BridgeMethod(
      "ProductService.decrementInventory", "productId int",
      .refused(
        why: "It counts twice when it is repeated after a lost answer.",
        instead: "Call POST /crm/rest/v2/products/{id}:adjustInventory with the same key.")),
    BridgeMethod(
      "ProductService.increaseInventory", "productId int, quantity int",
      .refused(
        why: "It counts twice when it is repeated after a lost answer.",
        instead: "Call POST /crm/rest/v2/products/{id}:adjustInventory with the same key.")),
    BridgeMethod(
      "ProductService.decreaseInventory", "productId int, quantity int",
      .refused(
        why: "It counts twice when it is repeated after a lost answer.",
        instead: "Call POST /crm/rest/v2/products/{id}:adjustInventory with the same key.")),
    BridgeMethod(
      "ProductService.deactivateCreditCard", "creditCardId int",
      .refused(
        why: "It has to do with money that is charged or owed, and cannot be repeated safely after a "
          + "lost answer.",
        instead: "Call POST /crm/rest/v2/contacts/{id}/paymentMethods/{id}:deactivate with the same key.")),
    BridgeMethod(
      "CreditCardSubmissionService.requestSubmissionToken", "contactId int, successUrl string, failureURL string",
      .refused(
        why: "REST has no form for card numbers of others.",
        instead: "Let Keap's own payment form take the card: POST /crm/rest/v2/paymentMethodConfigs.")),
    BridgeMethod(
      "CreditCardSubmissionService.requestCreditCardId", "token string",
      .refused(
        why: "REST has no form for card numbers of others.",
        instead: "Let Keap's own payment form take the card: POST /crm/rest/v2/paymentMethodConfigs.")),
    BridgeMethod(
      "ShippingService.getAllShippingOptions", "",
      .refused(
        why: "The bridge does not carry it.",
        instead: "Call GET /crm/rest/v2/shipping with the same key.")),
    BridgeMethod(
      "ShippingService.getFlatRateShippingOption", "optionId int",
      .refused(
        why: "REST lists shipping options without their details.",
        instead: "Keep the details in your program.")),
    BridgeMethod(
      "ShippingService.getOrderTotalShippingOption", "optionId int",
      .refused(
        why: "REST lists shipping options without their details.",
        instead: "Keep the details in your program.")),
    BridgeMethod(
      "ShippingService.getOrderTotalShippingRanges", "optionId int",
      .refused(
        why: "REST lists shipping options without their details.",
        instead: "Keep the details in your program.")),
    BridgeMethod(
      "ShippingService.getProductBasedShippingOption", "optionId int",
      .refused(
        why: "REST lists shipping options without their details.",
        instead: "Keep the details in your program.")),
    BridgeMethod(
      "ShippingService.getOrderQuantityShippingOption", "optionId int",
      .refused(
        why: "REST lists shipping options without their details.",
        instead: "Keep the details in your program.")),
    BridgeMethod(
      "ShippingService.getWeightBasedShippingOption", "optionId int",
      .refused(
        why: "REST lists shipping options without their details.",
        instead: "Keep the details in your program.")),
    BridgeMethod(
      "ShippingService.getUpsShippingOption", "optionId int",
      .refused(
        why: "REST lists shipping options without their details.",
        instead: "Keep the details in your program.")),
    BridgeMethod(
      "WebFormService.getMap", "",
      .refused(
        why: "The bridge does not carry it.",
        instead: "Call GET /crm/rest/v2/webforms with the same key.")),
    BridgeMethod(
      "WebFormService.getHTML", "webFormId int",
      .refused(
        why: "The bridge does not carry it.",
        instead: "Call GET /crm/rest/v2/webforms/{id}:data with the same key.")),
    BridgeMethod(
      "WebTrackingService.getWebTrackingScriptTag", "",
      .refused(
        why: "REST v2 does not have it.",
        instead: "Copy the script from Keap.")),
    BridgeMethod(
      "WebTrackingService.getWebTrackingScriptUrl", "webFormId int",
      .refused(
        why: "REST v2 does not have it.",
        instead: "Copy the script from Keap.")),
  ]
}
