/// The countries of ISO 3166-1, by every name that shops and people give them.
///
/// Names are compared without regard to case, accents and punctuation; a leading "the" is dropped. Where two countries
/// claim a name (Congo, Korea), it is the one that post and shops mean by it.
package enum Countries {
  /// The alpha-3 code, such as `USA`, of a country given by its name in English or its own language, in a shop's
  /// usual spelling, or by its alpha-2 or alpha-3 code; nil for a country that is not in the table.
  package static func code(of name: String) -> String? { index.codes[key(name)] }

  /// Whether this is an alpha-3 code, in capitals.
  package static func isCode(_ code: String) -> Bool { index.countries[code] != nil }

  /// The alpha-2 code of an alpha-3 code.
  package static func alpha2(of code: String) -> String? { index.countries[code]?.alpha2 }

  /// The plain English name of an alpha-3 code.
  package static func name(of code: String) -> String? { index.countries[code]?.name }

  private static func key(_ name: String) -> String {
    let folded = NormalForm.folded(name)
    return folded.hasPrefix("the ") ? String(folded.dropFirst(4)) : folded
  }

  private static let index: (codes: [String: String], countries: [String: (alpha2: String, name: String)]) = {
    var codes: [String: String] = [:]
    var countries: [String: (alpha2: String, name: String)] = [:]
    for line in table.split(separator: "\n") {
      let words = line.split(separator: " ", maxSplits: 2)
      let (alpha2, alpha3) = (String(words[0]), String(words[1]))
      let names = words[2].split(separator: "|").map { NormalForm.collapsed(String($0)) }
      countries[alpha3] = (alpha2, names[0])
      for name in [alpha2, alpha3] + names { codes[key(name)] = alpha3 }
    }
    return (codes, countries)
  }()

  /// Alpha-2, alpha-3, plain English name, other names.
  private static let table = """
    AD AND Andorra | Andorre
    AE ARE United Arab Emirates | UAE | U.A.E. | Emirates | Vereinigte Arabische Emirate | Émirats arabes unis | \
      الإمارات العربية المتحدة
    AF AFG Afghanistan | Afghanistán
    AG ATG Antigua and Barbuda | Antigua | Antigua & Barbuda
    AI AIA Anguilla
    AL ALB Albania | Albanien | Albanie | Shqipëria | Shqiperia
    AM ARM Armenia | Armenien | Arménie | Հայաստան | Hayastan
    AO AGO Angola
    AQ ATA Antarctica
    AR ARG Argentina | Argentinien | Argentine | República Argentina
    AS ASM American Samoa
    AT AUT Austria | Österreich | Oesterreich | Autriche | Oostenrijk | Republic of Austria
    AU AUS Australia | Australien | Australie | Commonwealth of Australia
    AW ABW Aruba
    AX ALA Åland Islands | Aland Islands | Åland | Ahvenanmaa
    AZ AZE Azerbaijan | Aserbaidschan | Azerbaïdjan | Azərbaycan
    BA BIH Bosnia and Herzegovina | Bosnia & Herzegovina | Bosnia | Bosnia-Herzegovina | Bosnien und Herzegowina | \
      Bosnie-Herzégovine | Bosna i Hercegovina
    BB BRB Barbados
    BD BGD Bangladesh | Bangladesch | বাংলাদেশ
    BE BEL Belgium | Belgien | Belgique | België | Belgie | Bélgica | Belgio
    BF BFA Burkina Faso
    BG BGR Bulgaria | Bulgarien | Bulgarie | България | Bulgariya
    BH BHR Bahrain | البحرين
    BI BDI Burundi
    BJ BEN Benin
    BL BLM Saint Barthélemy | St. Barthélemy | Saint Barthelemy | Saint-Barthélemy
    BM BMU Bermuda
    BN BRN Brunei | Brunei Darussalam
    BO BOL Bolivia | Bolivia, Plurinational State of | Plurinational State of Bolivia | Bolivien | Bolivie
    BQ BES Bonaire, Sint Eustatius and Saba | Caribbean Netherlands | Bonaire | Bonaire, Saint Eustatius and Saba
    BR BRA Brazil | Brasil | Brasilien | Brésil | Brazilië
    BS BHS Bahamas | The Bahamas
    BT BTN Bhutan
    BV BVT Bouvet Island
    BW BWA Botswana
    BY BLR Belarus | Weißrussland | Biélorussie | Беларусь
    BZ BLZ Belize
    CA CAN Canada | Kanada | Canadá
    CC CCK Cocos Islands | Cocos (Keeling) Islands
    CD COD Democratic Republic of the Congo | Congo, The Democratic Republic of the | Congo (Kinshasa) | \
      Congo - Kinshasa | Congo, Democratic Republic of | DR Congo | DRC | République démocratique du Congo
    CF CAF Central African Republic | République centrafricaine
    CG COG Republic of the Congo | Congo | Congo (Brazzaville) | Congo - Brazzaville | Congo, Republic of
    CH CHE Switzerland | Schweiz | Suisse | Svizzera | Svizra | Suiza | Zwitserland | Swiss Confederation
    CI CIV Côte d'Ivoire | Ivory Coast | Cote d'Ivoire | Côte d’Ivoire | Elfenbeinküste
    CK COK Cook Islands
    CL CHL Chile
    CM CMR Cameroon | Cameroun | Kamerun
    CN CHN China | People's Republic of China | PRC | Mainland China | Chine | 中国 | 中國
    CO COL Colombia | Kolumbien | Colombie
    CR CRI Costa Rica
    CU CUB Cuba | Kuba
    CV CPV Cape Verde | Cabo Verde | Kap Verde
    CW CUW Curaçao | Curacao
    CX CXR Christmas Island
    CY CYP Cyprus | Zypern | Chypre | Κύπρος | Kypros | Kıbrıs
    CZ CZE Czechia | Czech Republic | Tschechien | Tschechische Republik | Česko | Česká republika | Tchéquie | \
      République tchèque | Tsjechië
    DE DEU Germany | Deutschland | Allemagne | Alemania | Germania | Duitsland | Tyskland | Niemcy | \
      Bundesrepublik Deutschland | Federal Republic of Germany
    DJ DJI Djibouti
    DK DNK Denmark | Danmark | Dänemark | Danemark | Dinamarca | Denemarken
    DM DMA Dominica
    DO DOM Dominican Republic | República Dominicana | Dominikanische Republik | République dominicaine
    DZ DZA Algeria | Algerien | Algérie | الجزائر
    EC ECU Ecuador | Équateur
    EE EST Estonia | Eesti | Estland | Estonie
    EG EGY Egypt | Ägypten | Égypte | مصر
    EH ESH Western Sahara
    ER ERI Eritrea
    ES ESP Spain | España | Espana | Spanien | Espagne | Spagna | Spanje | Espanha
    ET ETH Ethiopia | Äthiopien | Éthiopie
    FI FIN Finland | Suomi | Finnland | Finlande | Finlandia
    FJ FJI Fiji | Fidschi
    FK FLK Falkland Islands | Falkland Islands (Malvinas) | Islas Malvinas | Malvinas
    FM FSM Micronesia | Micronesia, Federated States of | Federated States of Micronesia
    FO FRO Faroe Islands | Føroyar | Faroe | Faeroe Islands
    FR FRA France | Frankreich | Francia | Frankrijk | França | Frankrike | Francja | France métropolitaine | \
      Metropolitan France | French Republic
    GA GAB Gabon
    GB GBR United Kingdom | UK | U.K. | Great Britain | Britain | England | Scotland | Wales | Northern Ireland | \
      United Kingdom (UK) | United Kingdom of Great Britain and Northern Ireland | Vereinigtes Königreich | \
      Großbritannien | Grossbritannien | Royaume-Uni | Reino Unido | Regno Unito | Verenigd Koninkrijk
    GD GRD Grenada
    GE GEO Georgia | Georgien | Géorgie | საქართველო | Sakartvelo
    GF GUF French Guiana | Guyane | Guyane française
    GG GGY Guernsey
    GH GHA Ghana
    GI GIB Gibraltar
    GL GRL Greenland | Kalaallit Nunaat | Grönland
    GM GMB Gambia | The Gambia
    GN GIN Guinea
    GP GLP Guadeloupe
    GQ GNQ Equatorial Guinea
    GR GRC Greece | Griechenland | Grèce | Grecia | Griekenland | Ελλάδα | Ellada | Hellas | Hellenic Republic
    GS SGS South Georgia and the South Sandwich Islands | South Georgia & South Sandwich Islands
    GT GTM Guatemala
    GU GUM Guam
    GW GNB Guinea-Bissau
    GY GUY Guyana
    HK HKG Hong Kong | Hong Kong SAR | Hong Kong SAR China | Hongkong | 香港
    HM HMD Heard Island and McDonald Islands | Heard & McDonald Islands
    HN HND Honduras
    HR HRV Croatia | Hrvatska | Kroatien | Croatie | Croacia
    HT HTI Haiti
    HU HUN Hungary | Magyarország | Ungarn | Hongrie | Hungría | Ungheria | Hongarije
    ID IDN Indonesia | Indonesien | Indonésie
    IE IRL Ireland | Éire | Eire | Irland | Irlande | Irlanda | Ierland | Republic of Ireland
    IL ISR Israel | ישראל | Israël
    IM IMN Isle of Man
    IN IND India | Indien | Inde | Bharat | भारत | Republic of India
    IO IOT British Indian Ocean Territory
    IQ IRQ Iraq | Irak | العراق
    IR IRN Iran | Iran, Islamic Republic of | Islamic Republic of Iran | ایران
    IS ISL Iceland | Ísland | Island | Islande
    IT ITA Italy | Italia | Italien | Italie | Italië | Włochy
    JE JEY Jersey
    JM JAM Jamaica | Jamaika | Jamaïque
    JO JOR Jordan | Jordanien | Jordanie | الأردن
    JP JPN Japan | Nippon | Nihon | 日本 | Japon | Giappone
    KE KEN Kenya | Kenia
    KG KGZ Kyrgyzstan | Kirgisistan
    KH KHM Cambodia | Kambodscha | Cambodge | កម្ពុជា
    KI KIR Kiribati
    KM COM Comoros
    KN KNA Saint Kitts and Nevis | St. Kitts & Nevis | St. Kitts and Nevis
    KP PRK North Korea | Korea, Democratic People's Republic of | Democratic People's Republic of Korea | DPRK | \
      Nordkorea
    KR KOR South Korea | Korea, Republic of | Republic of Korea | Korea | Südkorea | Corée du Sud | 대한민국 | 한국
    KW KWT Kuwait | الكويت
    KY CYM Cayman Islands
    KZ KAZ Kazakhstan | Kasachstan | Қазақстан | Qazaqstan
    LA LAO Laos | Lao People's Democratic Republic | Lao
    LB LBN Lebanon | Libanon | Liban | لبنان
    LC LCA Saint Lucia | St. Lucia
    LI LIE Liechtenstein
    LK LKA Sri Lanka
    LR LBR Liberia
    LS LSO Lesotho
    LT LTU Lithuania | Lietuva | Litauen | Lituanie
    LU LUX Luxembourg | Luxemburg | Lëtzebuerg | Luxembourgh
    LV LVA Latvia | Latvija | Lettland | Lettonie
    LY LBY Libya | Libyan Arab Jamahiriya | Libyen
    MA MAR Morocco | Marokko | Maroc | Marruecos | المغرب
    MC MCO Monaco
    MD MDA Moldova | Moldova, Republic of | Republic of Moldova | Moldawien | Moldavie | Republica Moldova
    ME MNE Montenegro | Crna Gora
    MF MAF Saint Martin | Saint Martin (French part) | St. Martin | Saint-Martin
    MG MDG Madagascar | Madagaskar | Madagasikara
    MH MHL Marshall Islands
    MK MKD North Macedonia | Macedonia | North Macedonia, Republic of | \
      Macedonia, The former Yugoslav Republic of | Nordmazedonien | Северна Македонија
    ML MLI Mali
    MM MMR Myanmar | Burma | Myanmar (Burma)
    MN MNG Mongolia
    MO MAC Macao | Macau | Macao SAR | Macao SAR China | 澳門
    MP MNP Northern Mariana Islands
    MQ MTQ Martinique
    MR MRT Mauritania
    MS MSR Montserrat
    MT MLT Malta
    MU MUS Mauritius
    MV MDV Maldives | Malediven
    MW MWI Malawi
    MX MEX Mexico | México | Mexiko | Mexique | Messico | Estados Unidos Mexicanos
    MY MYS Malaysia
    MZ MOZ Mozambique
    NA NAM Namibia
    NC NCL New Caledonia | Nouvelle-Calédonie
    NE NER Niger
    NF NFK Norfolk Island
    NG NGA Nigeria
    NI NIC Nicaragua
    NL NLD Netherlands | The Netherlands | Holland | Nederland | Niederlande | Pays-Bas | Países Bajos | \
      Paesi Bassi | Holanda
    NO NOR Norway | Norge | Noreg | Norwegen | Norvège | Noruega | Noorwegen
    NP NPL Nepal
    NR NRU Nauru
    NU NIU Niue
    NZ NZL New Zealand | Aotearoa | Neuseeland | Nouvelle-Zélande
    OM OMN Oman | عمان
    PA PAN Panama | Panamá
    PE PER Peru | Perú | Pérou
    PF PYF French Polynesia | Polynésie française
    PG PNG Papua New Guinea
    PH PHL Philippines | The Philippines | Pilipinas | Philippinen
    PK PAK Pakistan | پاکستان
    PL POL Poland | Polska | Polen | Pologne | Polonia
    PM SPM Saint Pierre and Miquelon | St. Pierre & Miquelon | Saint-Pierre-et-Miquelon
    PN PCN Pitcairn | Pitcairn Islands
    PR PRI Puerto Rico
    PS PSE Palestine | Palestine, State of | State of Palestine | Palestinian Territories | Palestinian Territory
    PT PRT Portugal | Portogallo | Portugalia
    PW PLW Palau
    PY PRY Paraguay
    QA QAT Qatar | قطر
    RE REU Réunion | Reunion | La Réunion
    RO ROU Romania | România | Rumänien | Roumanie | Rumania
    RS SRB Serbia | Srbija | Србија | Serbien | Serbie | Republic of Serbia
    RU RUS Russia | Russian Federation | Россия | Российская Федерация | Rossiya | Russland | Russie | Rusia
    RW RWA Rwanda
    SA SAU Saudi Arabia | Kingdom of Saudi Arabia | KSA | Saudi-Arabien | Arabie saoudite | السعودية | \
      المملكة العربية السعودية
    SB SLB Solomon Islands
    SC SYC Seychelles
    SD SDN Sudan
    SE SWE Sweden | Sverige | Schweden | Suède | Suecia | Svezia | Zweden
    SG SGP Singapore | Singapur | Singapour | 新加坡
    SH SHN Saint Helena | Saint Helena, Ascension and Tristan da Cunha | St. Helena
    SI SVN Slovenia | Slovenija | Slowenien | Slovénie
    SJ SJM Svalbard and Jan Mayen | Svalbard & Jan Mayen
    SK SVK Slovakia | Slovak Republic | Slovensko | Slowakei | Slovaquie | Slovakia (Slovak Republic)
    SL SLE Sierra Leone
    SM SMR San Marino
    SN SEN Senegal
    SO SOM Somalia
    SR SUR Suriname
    SS SSD South Sudan
    ST STP Sao Tome and Principe | São Tomé & Príncipe | São Tomé and Príncipe
    SV SLV El Salvador | Salvador
    SX SXM Sint Maarten | Sint Maarten (Dutch part) | St. Maarten
    SY SYR Syria | Syrian Arab Republic | Syrien
    SZ SWZ Eswatini | Swaziland
    TC TCA Turks and Caicos Islands | Turks & Caicos Islands
    TD TCD Chad | Tchad | Tschad
    TF ATF French Southern Territories | French Southern and Antarctic Lands | Terres australes françaises
    TG TGO Togo
    TH THA Thailand | ประเทศไทย | ไทย | Thaïlande
    TJ TJK Tajikistan
    TK TKL Tokelau
    TL TLS Timor-Leste | East Timor | Timor Leste
    TM TKM Turkmenistan
    TN TUN Tunisia | Tunesien | Tunisie | تونس
    TO TON Tonga
    TR TUR Türkiye | Turkey | Turkiye | Türkei | Turquie | Turquía | Turchia | Turkije
    TT TTO Trinidad and Tobago | Trinidad & Tobago | Trinidad
    TV TUV Tuvalu
    TW TWN Taiwan | Taiwan, Province of China | Taiwan, Republic of China | 台灣 | 臺灣 | 台湾
    TZ TZA Tanzania | Tanzania, United Republic of | United Republic of Tanzania | Tansania
    UA UKR Ukraine | Україна | Ukraina | Ukrajina | The Ukraine
    UG UGA Uganda
    UM UMI United States Minor Outlying Islands | U.S. Outlying Islands | US Minor Outlying Islands
    US USA United States | United States of America | U.S.A. | U.S. | United States (US) | \
      United States of America (USA) | Estados Unidos | Estados Unidos de América | États-Unis | Etats-Unis | \
      Vereinigte Staaten | Vereinigte Staaten von Amerika | Stati Uniti | Verenigde Staten | America
    UY URY Uruguay
    UZ UZB Uzbekistan | Usbekistan | Oʻzbekiston
    VA VAT Vatican City | Holy See (Vatican City State) | Holy See | Vatican | Città del Vaticano
    VC VCT Saint Vincent and the Grenadines | St. Vincent & Grenadines | St. Vincent and the Grenadines
    VE VEN Venezuela | Venezuela, Bolivarian Republic of | Bolivarian Republic of Venezuela
    VG VGB British Virgin Islands | Virgin Islands, British | Virgin Islands (British)
    VI VIR United States Virgin Islands | Virgin Islands, U.S. | Virgin Islands (US) | US Virgin Islands | \
      U.S. Virgin Islands
    VN VNM Vietnam | Viet Nam | Việt Nam
    VU VUT Vanuatu
    WF WLF Wallis and Futuna | Wallis & Futuna
    WS WSM Samoa
    YE YEM Yemen | Jemen
    YT MYT Mayotte
    ZA ZAF South Africa | RSA | Südafrika | Suid-Afrika | Afrique du Sud | Republic of South Africa
    ZM ZMB Zambia
    ZW ZWE Zimbabwe | Simbabwe
    """
}
