/// The methods of contacts, data, e-mail, goals and saved searches.
extension BridgeMethod {
  static let contacts: [BridgeMethod] = [
    BridgeMethod(
      "ContactService.add", "data struct",
      .differs(
        "A new contact needs an e-mail address, a phone number or an address. A company that is named and not there is "
          + "added, and stays where REST refuses the contact. Names of regions and countries become codes, and REST has "
          + "shorter limits: names of 40 characters, a first e-mail of 75.")),
    BridgeMethod(
      "ContactService.addWithDupCheck", "data struct, dupCheckType string",
      .differs(
        "Of several contacts that match the one is changed that REST's own check takes; only the first e-mail "
          + "address of a contact is compared. A contact that alone matches is changed without that check, which may "
          + "take another that had the address before a merge: to ask it is to write, and could drop what that contact "
          + "has besides. Where none matches, the contact that the check takes, such a one or one that somebody else "
          + "adds in the same moment, is written whole. Names of regions and countries become codes, and REST has shorter limits: names of 40"
          + " characters, a first e-mail of 75.")),
    BridgeMethod(
      "ContactService.update", "contactId int, data struct",
      .differs(
        "REST has no condition on a write: a program that writes past the keeper in the same "
          + "moment can undo what this writes. Names of regions and countries become codes, and REST has "
          + "shorter limits: names of 40 characters, a first e-mail of 75.")),
    BridgeMethod(
      "ContactService.load", "contactId int, selectedFields array",
      .differs(
        "State and Country are told as names of the code that REST has.")),
    BridgeMethod(
      "ContactService.findByEmail", "email string, selectedFields array",
      .differs(
        "The second and third e-mail addresses of contacts are not looked in.")),
    BridgeMethod("ContactService.merge", "contactId int, duplicateContactId int", .exact),
    BridgeMethod("ContactService.addToGroup", "contactId int, groupId int", .exact),
    BridgeMethod("ContactService.removeFromGroup", "contactId int, groupId int", .exact),
    BridgeMethod("ContactService.linkContacts", "contactId1 int, contactId2 int, linkTypeId int", .exact),
    BridgeMethod("ContactService.linkContact", "contactId1 int, contactId2 int, linkTypeId int", .exact),
    BridgeMethod(
      "ContactService.addToCampaign", "contactId int, campaignId int",
      .refused(
        why: "Follow-up sequences of the old kind are not in REST.",
        instead: "Add the contact to a sequence of a campaign, whose numbers are others: POST "
          + "/crm/rest/v2/campaigns/{id}/sequences/{id}:addContacts.")),
    BridgeMethod(
      "ContactService.removeFromCampaign", "contactId int, followUpSequenceId int",
      .refused(
        why: "Follow-up sequences of the old kind are not in REST.",
        instead: "Add the contact to a sequence of a campaign, whose numbers are others: POST "
          + "/crm/rest/v2/campaigns/{id}/sequences/{id}:addContacts.")),
    BridgeMethod(
      "ContactService.pauseCampaign", "contactId int, sequenceId int",
      .refused(
        why: "Follow-up sequences of the old kind are not in REST.",
        instead: "Move the sequence to an automation, and start it by a tag (ContactService.addToGroup).")),
    BridgeMethod(
      "ContactService.resumeCampaignForContact", "contactId int, seqId int",
      .refused(
        why: "Follow-up sequences of the old kind are not in REST.",
        instead: "Move the sequence to an automation, and start it by a tag (ContactService.addToGroup).")),
    BridgeMethod(
      "ContactService.getNextCampaignStep", "contactId int, followUpSequenceId int",
      .refused(
        why: "Follow-up sequences of the old kind are not in REST.",
        instead: "Move the sequence to an automation, and start it by a tag (ContactService.addToGroup).")),
    BridgeMethod(
      "ContactService.rescheduleCampaignStep", "contactIds array, sequenceStepId int",
      .refused(
        why: "Follow-up sequences of the old kind are not in REST.",
        instead: "Move the sequence to an automation, and start it by a tag (ContactService.addToGroup).")),
    BridgeMethod(
      "ContactService.runActionSequence", "contactId int, actionSetId int",
      .refused(
        why: "Action sets are not in REST.",
        instead: "Start an automation by a tag (ContactService.addToGroup) or a goal (FunnelService.achieveGoal).")),
    BridgeMethod("ContactService.unlinkContacts", "contactId1 int, contactId2 int, linkTypeId int", .exact),
    BridgeMethod(
      "ContactService.listLinkedContacts", "contactId int",
      .differs(
        "Only the first page of links is told.")),
  ]

  static let data: [BridgeMethod] = [
    BridgeMethod(
      "DataService.add", "table string, values struct",
      .differs(
        "Of the tables that the bridge has; each names what differs.")),
    BridgeMethod(
      "DataService.load", "table string, recordId int, wantedFields array",
      .differs(
        "Of the tables that the bridge has; each names what differs.")),
    BridgeMethod(
      "DataService.update", "table string, recordId int, values struct",
      .differs(
        "Of the tables that the bridge has; each names what differs.")),
    BridgeMethod(
      "DataService.delete", "table string, recordId int",
      .differs(
        "Of the tables that the bridge has; each names what differs.")),
    BridgeMethod(
      "DataService.findByField",
      "table string, limit int, page int, fieldName string, fieldValue any, selectedFields array",
      .differs(
        "As DataService.query.")),
    BridgeMethod(
      "DataService.query",
      "table string, limit int, page int, queryData struct, selectedFields array, orderBy string?, ascending boolean?",
      .differs(
        "Conditions and orders that REST does not have are met by the bridge, over 50,000 records at most.")),
    BridgeMethod(
      "DataService.count", "table string, queryData struct",
      .differs(
        "REST does not count, so the records are read: 50,000 at most.")),
    BridgeMethod(
      "DataService.addCustomField", "customFieldType string, displayName string, dataType string, headerId int",
      .differs(
        "A header is a group in REST; options of a list cannot be given.")),
    BridgeMethod(
      "DataService.updateCustomField", "customFieldId int, values struct",
      .differs(
        "Label and GroupId can be changed, and not of contacts' fields, which REST does not change.")),
    BridgeMethod(
      "DataService.authenticateUser", "username string, passwordHash string",
      .refused(
        why: "REST checks no passwords.",
        instead: "Let people sign in by OAuth.")),
    BridgeMethod(
      "DataService.getTemporaryKey", "username string, passwordHash string",
      .refused(
        why: "Vendor keys have ended.",
        instead: "Use the key of the keeper.")),
    BridgeMethod(
      "DataService.getAppSetting", "module string, setting string",
      .differs(
        "Only enabled of Application, to see that somebody answers, and optiontypes, optiontitles, optionsuffixes, "
          + "optionphonetypes and optionfaxtypes of Contact, whose names in REST are known.")),
    BridgeMethod(
      "DataService.getAppointmentCal", "appointmentId int",
      .refused(
        why: "REST v2 has no appointments.",
        instead: "Read GET /crm/rest/v1/appointments/{id} with the same key.")),
    BridgeMethod(
      "DataService.getUserInfo", "",
      .differs(
        "localUserId is left out, as REST does not tell it.")),
  ]

  static let emails: [BridgeMethod] = [
    BridgeMethod(
      "APIEmailService.addEmailTemplate",
      "placeTitle string, categories string, fromAddress string, toAddress string, ccAddress string, bccAddress string, subject string, textBody string, htmlBody string, contentType string, mergeContext struct",
      .refused(
        why: "REST v2 only reads templates.",
        instead: "Write the template in Keap.")),
    BridgeMethod(
      "APIEmailService.updateEmailTemplate",
      "templateId int, pieceTitle string, category string, fromAddress string, toAddress string, ccAddress string, bccAddress string, subject string, textBody string, htmlBody string, contentType string, mergeContext struct",
      .refused(
        why: "REST v2 only reads templates.",
        instead: "Write the template in Keap.")),
    BridgeMethod(
      "APIEmailService.getEmailTemplate", "templateId int",
      .refused(
        why: "The bridge does not carry it.",
        instead: "Call GET /crm/rest/v2/emails/templates/{id} with the same key.")),
    BridgeMethod(
      "APIEmailService.attachEmail",
      "contactId int, fromName string, fromAddress string, toAddress string, ccAddress string, bccAddress string, contentType string, subject string, htmlBody string, textBody string, header string, receivedDate date, sentDate date, emailSentType string",
      .refused(
        why: "The bridge does not carry it.",
        instead: "Call POST /crm/rest/v2/emails with the same key.")),
    BridgeMethod(
      "APIEmailService.getOptStatus", "email string",
      .differs(
        "REST's finer words become 0, 1 and 2; an address that Keap does not know is fault 5.")),
    BridgeMethod(
      "APIEmailService.optIn", "email string, reason string",
      .differs(
        "An address that Keap does not know is fault 5.")),
    BridgeMethod(
      "APIEmailService.optOut", "email string, reason string",
      .differs(
        "An address that Keap does not know is fault 5.")),
    BridgeMethod(
      "APIEmailService.sendEmail",
      "contactList array, fromAddress string, toAddress string, ccAddress string, bccAddress string, contentType string, subject string, htmlBody string, textBody string",
      .refused(
        why: "A mail that is sent cannot be taken back, and cannot be repeated safely after a lost answer.",
        instead: "Call POST /crm/rest/v2/emails:send with the same key.")),
    BridgeMethod(
      "APIEmailService.sendTemplate", "contactList array, templateId int",
      .refused(
        why: "A mail that is sent cannot be taken back, and cannot be repeated safely after a lost answer.",
        instead: "Call POST /crm/rest/v2/emails/templates:send with the same key.")),
  ]

  static let goals: [BridgeMethod] = [
    BridgeMethod(
      "FunnelService.achieveGoal", "integration string, callName string, contactId int",
      .differs(
        "Which flows began or ended is not told."))
  ]

  static let searches: [BridgeMethod] = [
    BridgeMethod(
      "SearchService.getAllReportColumns", "savedSearchId int, userId int",
      .differs(
        "REST runs the report for whoever approved, not for userId; values are strings.")),
    BridgeMethod(
      "SearchService.getSavedSearchResultsAllFields", "savedSearchId int, userId int, pageNumber int",
      .differs(
        "REST runs the report for whoever approved, not for userId; values are strings.")),
    BridgeMethod(
      "SearchService.getSavedSearchResults", "savedSearchId int, userId int, pageNumber int, returnFields array",
      .differs(
        "REST runs the report for whoever approved, not for userId; values are strings.")),
    BridgeMethod(
      "SearchService.getAvailableQuickSearches", "userId int",
      .refused(
        why: "REST has no quick searches.",
        instead: "Look for a field with DataService.query.")),
    BridgeMethod(
      "SearchService.quickSearch", "quickSearchType string, userId int, searchData struct, page int, returnLimit int",
      .refused(
        why: "REST has no quick searches.",
        instead: "Look for a field with DataService.query.")),
    BridgeMethod(
      "SearchService.getDefaultQuickSearch", "userId int",
      .refused(
        why: "REST has no quick searches.",
        instead: "Look for a field with DataService.query.")),
  ]
}
