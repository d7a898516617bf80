/// What columns are called, whoever wrote the file.
enum ColumnWords {
  /// What a column of that name holds; of several such columns the one with the lowest rank comes first.
  static func meaning(of name: String) -> (meaning: CustomerColumns.Meaning, rank: Int)? {
    known[CustomerColumns.key(name)]
  }

  /// Columns of Magento's that name a part of the shop and sound like the customer's but for the underscore.
  static let ofTheShop: Set = ["_website", "_store"]

  /// Why a column is left out that people may look for; nil for one that nobody knows.
  static func reason(against name: String) -> String? { leftOut[CustomerColumns.key(name)] }

  private static let leftOut: [String: String] = {
    var reasons: [String: String] = [:]
    let words = [
      ("notes, note, memo, comments, description, notizen, remarques", "notes are no part of a contact's fields"),
      ("photo, picture, image, avatar", "pictures are not imported"),
      ("password, password hash", "no password is imported"),
      (
        "accepts email marketing, accepts marketing, email subscription status, email opt out, opt in, email_consent",
        "consent is for the person to give, and not for a file"
      ),
    ]
    for (names, reason) in words {
      for name in names.split(separator: ",") { reasons[CustomerColumns.key(String(name))] = reason }
    }
    return reasons
  }()

  private static let known: [String: (meaning: CustomerColumns.Meaning, rank: Int)] = {
    var known: [String: (CustomerColumns.Meaning, Int)] = [:]
    for (meaning, names) in table {
      for (rank, name) in names.split(separator: ",").enumerated() {
        let key = CustomerColumns.key(String(name))
        known[key] = known[key] ?? (meaning, rank)
      }
    }
    return known
  }()

  /// Names of columns, best first, as Shopify, WooCommerce, Magento, PrestaShop and Keap export them and as people
  /// write them. Capitals, accents, spaces and punctuation do not count.
  private static let table: [(meaning: CustomerColumns.Meaning, names: String)] = [
    (
      .email(.email1),
      """
      email, e-mail, mail, email address, e-mail address, email 1, email address 1, customer email, contact email, \
      billing email, e-mail-adresse, mailadresse, adresse e-mail, adresse mail, courriel, correo electrónico, correo, \
      indirizzo email, posta elettronica, e-mailadres, endereço de e-mail
      """
    ),
    (.email(.email2), "email 2, email address 2, second email, secondary email"),
    (.email(.email3), "email 3, email address 3"),
    (
      .text(.givenName),
      """
      first name, given name, forename, customer first name, billing first name, vorname, prénom, nombre, nome, voornaam, \
      primeiro nome, shipping first name
      """
    ),
    (
      .text(.familyName),
      """
      last name, family name, surname, customer last name, billing last name, nachname, familienname, nom, \
      nom de famille, apellidos, apellido, cognome, achternaam, sobrenome, shipping last name
      """
    ),
    (.fullName, "name, full name, customer name, billing name, display name, nom complet, nombre completo"),
    (.text(.middleName), "middle name, zweiter vorname"),
    (.text(.preferredName), "preferred name, nickname, spitzname"),
    (.text(.prefix), "prefix, title, social title, salutation, anrede, civilité"),
    (.text(.suffix), "suffix"),
    (.text(.jobTitle), "job title, position, beruf, fonction"),
    (.text(.spouseName), "spouse name, spouse"),
    (.text(.contactType), "contact type, person type"),
    (.text(.website), "website, web site, url, homepage, webseite, site web, sitio web, sito web"),
    (.text(.timeZone), "time zone"),
    (.text(.preferredLocale), "preferred locale, locale"),
    (.birthday, "birthday, birth date, birthdate, date of birth, dob, geburtstag, geburtsdatum, date de naissance"),
    (.tags, "tags, tag, labels, categories, contact tags, customer tags, schlagwörter, étiquettes, etiquetas"),
    (
      .company,
      """
      company, company name, organization, organisation, billing company, default address company, address company, \
      firma, unternehmen, société, entreprise, empresa, azienda, bedrijf, bedrijfsnaam, shipping company
      """
    ),
    (
      .phone(.phone1),
      """
      phone, phone 1, phone number, telephone, tel, billing phone, default address phone, address telephone, \
      billing telephone, telefon, telefonnummer, téléphone, teléfono, telefono, telefoon, telefone
      """
    ),
    (
      .phone(.phone2),
      "phone 2, mobile, mobile phone, phone mobile, cell, cell phone, handy, mobil, portable, móvil, shipping phone"
    ),
    (.phone(.phone3), "phone 3"),
    (.phone(.phone4), "phone 4"),
    (.phone(.phone5), "phone 5"),
    (.fax(.fax1), "fax, fax 1, fax number, billing fax, address fax"),
    (.fax(.fax2), "fax 2"),
    (
      .address(.billing, .line1),
      """
      address 1, address line 1, street address 1, street address, street, address, billing address 1, \
      billing address line 1, billing street, billing street 1, billing address, default address address1, \
      address street, straße, strasse, adresse, adresse 1, rue, dirección, calle, indirizzo, straat, endereço, rua
      """
    ),
    (
      .address(.billing, .line2),
      """
      address 2, address line 2, street address 2, street 2, billing address 2, billing address line 2, \
      billing street 2, default address address2, adresszusatz, adresse 2, complément d'adresse
      """
    ),
    (
      .address(.billing, .locality),
      """
      city, town, locality, billing city, default address city, address city, stadt, ort, ville, ciudad, città, \
      plaats, woonplaats, cidade
      """
    ),
    (
      .address(.billing, .region),
      """
      province, province code, state, state code, state/province, region, county, billing state, billing province, \
      billing region, default address province code, default address province, address region, bundesland, provincia, \
      provincie, estado
      """
    ),
    (
      .address(.billing, .postalCode),
      """
      zip, zip code, postcode, postal code, zip/postal code, billing postcode, billing zip, billing postal code, \
      default address zip, address postcode, plz, postleitzahl, code postal, código postal, cap, codice postale, cep
      """
    ),
    (
      .address(.billing, .country),
      """
      country, country code, country/region, billing country, default address country code, default address country, \
      address country id, country id, land, pays, país, paese
      """
    ),
    (
      .address(.shipping, .line1),
      """
      shipping address 1, shipping address line 1, shipping street, shipping address, address 2 street 1
      """
    ),
    (
      .address(.shipping, .line2),
      "shipping address 2, shipping address line 2, shipping street 2, address 2 street 2"
    ),
    (.address(.shipping, .locality), "shipping city, city 2"),
    (.address(.shipping, .region), "shipping state, shipping province, shipping region, state 2"),
    (
      .address(.shipping, .postalCode),
      "shipping postcode, shipping zip, shipping postal code, postal code 2"
    ),
    (.address(.shipping, .country), "shipping country, country 2"),
  ]
}
