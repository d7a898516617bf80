extension CustomerProduct {
  /// Ours first, then others in the order of their names. Columns stand as the products write them, with `|` between; what is
  /// not here is taken by its name alone (`ColumnWords`).
  static let table = """
    Evergrant
      has email|email 2|given name|family name|billing line1|shipping line1|other line1|tags
      id: the number that the contact had there
    ActiveCampaign
      has Contact ID|Email|First Name|Last Name|Tags
      has ID|Email|First Name|Last Name|Date Created|Tags
      Account Name|Organization|Customer Account = company
      Lists|List: lists are no tags
    Google Contacts
      has First Name|E-mail 1 - Value|Labels
      has Given Name|E-mail 1 - Value|Group Membership
      E-mail 1 - Value = email
      E-mail 2 - Value = email 2
      E-mail 3 - Value = email 3
      Phone 1 - Value = phone
      Phone 2 - Value = phone 2
      Phone 3 - Value = phone 3
      Phone 4 - Value = phone 4
      Phone 5 - Value = phone 5
      Phone 1 - Label|Phone 1 - Type = phone type
      Phone 2 - Label|Phone 2 - Type = phone 2 type
      Phone 3 - Label|Phone 3 - Type = phone 3 type
      Additional Name = middle name
      Name Prefix = prefix
      Name Suffix = suffix
      Organization Name|Organization 1 - Name = company
      Organization Title|Organization 1 - Title = job title
      Address 1 - Street = billing line1
      Address 1 - Extended Address = billing line2
      Address 1 - City = billing city
      Address 1 - Region = billing region
      Address 1 - Postal Code = billing post code
      Address 1 - Country = billing country
      Address 2 - Street = shipping line1
      Address 2 - Extended Address = shipping line2
      Address 2 - City = shipping city
      Address 2 - Region = shipping region
      Address 2 - Postal Code = shipping post code
      Address 2 - Country = shipping country
      Website 1 - Value = website
      Labels|Group Membership = tags
      Address 1 - Formatted|Address 2 - Formatted: its parts have columns of their own
      File As|Photo|Directory Server: it is of use to Google alone
    HubSpot
      has Record ID|Email|Lifecycle Stage
      has Record ID|Email|Contact owner
      has Record ID|Email|Lead Status
      has Record ID|Email|Create Date
      Associated Company|Primary Associated Company Name = company
      Mobile Phone Number = phone 2
      State/Region = billing region
      Website URL = website
      Associated Company IDs|Primary Associated Company ID: the number of a company there
      Lifecycle Stage|Lead Status|Contact owner|Create Date|Last Activity Date: HubSpot's own record
    Keap
      has Id|Email|First Name|Last Name|Street Address 1|Phone 1
      has Id|Email|FirstName|LastName|StreetAddress1
      Tag Ids|Id: a number there
    Magento
      has email|firstname|lastname|_address_street|_address_city
      has email|firstname|lastname|created_in|group_id
    Mailchimp
      has Email Address|MEMBER_RATING|OPTIN_TIME
      has Email Address|LEID|EUID
      Address: an address in one piece
      REGION|CC|LATITUDE|LONGITUDE|GMTOFF|DSTOFF: where Mailchimp takes the person to be
      TIMEZONE = time zone
      MEMBER_RATING|OPTIN_TIME|OPTIN_IP|CONFIRM_TIME|CONFIRM_IP|LAST_CHANGED|LEID|EUID: Mailchimp's own record
    Outlook
      has First Name|Last Name|E-mail Address|E-mail Display Name
      has First Name|Last Name|E-mail Address|Business Street
      has First Name|Last Name|E-mail Address|Home Street
      E-mail 2 Address = email 2
      E-mail 3 Address = email 3
      Title = prefix
      Business Phone = phone
      Mobile Phone = phone 2
      Home Phone = phone 3
      Business Phone 2 = phone 4
      Other Phone = phone 5
      Business Fax = fax
      Home Fax = fax 2
      Business Street = billing line1
      Business Street 2 = billing line2
      Business City = billing city
      Business State = billing region
      Business Postal Code = billing post code
      Business Country/Region|Business Country = billing country
      Home Street = shipping line1
      Home Street 2 = shipping line2
      Home City = shipping city
      Home State = shipping region
      Home Postal Code = shipping post code
      Home Country/Region|Home Country = shipping country
      Other Street = other line1
      Other Street 2 = other line2
      Other City = other city
      Other State = other region
      Other Postal Code = other post code
      Other Country/Region|Other Country = other country
      Assistant's Name = assistant name
      Assistant's Phone = assistant phone
      Web Page = website
      Spouse = spouse name
      Anniversary = anniversary
      Categories = tags
    PrestaShop
      has Social title|First name|Last name|Email address|Birthday
    QuickBooks
      has Customer full name|Email|Phone numbers
      has Customer|Email|Phone Numbers|Billing Address
      has Name|Company name|Email|Open Balance
      has Customer|Company|Email|Open Balance
      Full name|Customer full name|Customer = name
      Phone Numbers = phone
      Bill address|Billing Address|Ship address|Shipping Address: an address in one piece
      Open Balance|Balance|Attachments|Customer type: QuickBooks' own record
    Salesforce
      has First Name|Last Name|Email|Account Name|Mailing Street
      has FirstName|LastName|Email|AccountId
      has FirstName|LastName|Email|MailingStreet
      Title = job title
      Account Name|Account.Name = company
      Phone = phone
      Mobile|MobilePhone = phone 2
      Home Phone|HomePhone = phone 3
      Other Phone|OtherPhone = phone 4
      Mailing Street|MailingStreet = billing line1
      Mailing City|MailingCity = billing city
      Mailing State/Province|Mailing State|MailingState = billing region
      Mailing Zip/Postal Code|MailingPostalCode = billing post code
      Mailing Country|MailingCountry = billing country
      Other Street|OtherStreet = other line1
      Other City|OtherCity = other city
      Other State/Province|Other State|OtherState = other region
      Other Zip/Postal Code|OtherPostalCode = other post code
      Other Country|OtherCountry = other country
      Assistant|AssistantName = assistant name
      Asst. Phone|AssistantPhone = assistant phone
      AccountId|Id|OwnerId|Account Owner|Contact Owner: a record of Salesforce's
    Shopify
      has First Name|Last Name|Email|Default Address Address1
      has First Name|Last Name|Email|Accepts Email Marketing
      has First Name|Last Name|Email|Accepts Marketing
      Total Spent|Total Orders|Tax Exempt: the shop's own record
    Square
      has Email Address|Square Customer ID
      has Email Address|Reference ID|Creation Source
      Square Customer ID|Reference ID|Creation Source: Square's own record
      First Visit|Last Visit|Transaction Count|Lifetime Spend|Instant Profile: Square's own record
    Stripe
      has id|Email|Name|Delinquent
      has id|Email|Name|Created (UTC)
      has Customer ID|Customer Email|Customer Name
      Customer Name = name
      Card Address Line1 = billing line1
      Card Address Line2 = billing line2
      Card Address City = billing city
      Card Address State = billing region
      Card Address Zip = billing post code
      Card Address Country = billing country
      Card ID|Card Last4|Card Brand|Card Name|Card Fingerprint: nothing of a card is imported
      Description|Customer Description: notes are no part of a contact's fields
      Delinquent|Created (UTC)|Total Spend|Payment Count|Currency|Status|Plan: Stripe's own record
    WooCommerce
      has first_name|last_name|email|billing_address_1
      has Name|Username|Email|Sign Up|Total Spend
      has user_login|user_email|billing_first_name
      user_email = email
      user_login|Username: a name for logging in
      Orders|Total Spend|AOV|Last Active|Sign Up: the shop's own record
    Zoho CRM
      has Record Id|First Name|Last Name|Email|Account Name|Contact Owner
      has Record Id|First Name|Last Name|Email|Account Name|Mailing Street
      has Contact Id|First Name|Last Name|Email|Mailing Street
      Account Name = company
      Title = job title
      Phone = phone
      Mobile = phone 2
      Home Phone = phone 3
      Other Phone = phone 4
      Secondary Email = email 2
      Mailing Street = billing line1
      Mailing City = billing city
      Mailing State = billing region
      Mailing Zip = billing post code
      Mailing Country = billing country
      Other Street = other line1
      Other City = other city
      Other State = other region
      Other Zip = other post code
      Other Country = other country
      Assistant = assistant name
      Asst Phone = assistant phone
      Record Id|Contact Id|Account Name.id|Contact Owner.id|Contact Owner|Lead Source|Vendor Name: a record of Zoho's
    """
}
