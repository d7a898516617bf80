import Wire

/// Provinces by ISO 3166-2, for the countries whose postal addresses commonly name one. Other countries have provinces
/// too, but those are not known here, and any text is accepted.
package enum Regions {
  /// The ISO 3166-2 code, such as `US-AZ`, of a region given by its name, its short code (`AZ`) or its full code; of
  /// a country whose regions are not known here, by its full code only.
  /// - Parameter country: alpha-3.
  package static func code(of region: String, in country: String) -> String? {
    guard let alpha2 = Countries.alpha2(of: country) else { return nil }
    guard let codes = index.codes[alpha2] else { return fullCode(region, of: alpha2) }
    let key = NormalForm.folded(region)
    return codes[key] ?? (key.hasPrefix(alpha2.lowercased() + " ") ? codes[String(key.dropFirst(3))] : nil)
  }

  private static func fullCode(_ text: String, of alpha2: String) -> String? {
    let code = text.uppercased()
    let short = code.dropFirst(3)
    let isFull = code.hasPrefix(alpha2 + "-") && (1...3).contains(short.count)
    return isFull && short.allSatisfy { $0.isASCIIDigit || ("A"..."Z").contains($0) } ? code : nil
  }

  /// The long name of an ISO 3166-2 code; nil for a code that is not in the table.
  package static func name(of code: String) -> String? { index.names[code] }

  /// Whether the regions of this country (alpha-3) are all known, so that an unknown one is a mistake.
  package static func areKnown(in country: String) -> Bool {
    Countries.alpha2(of: country).map { index.codes[$0] != nil } ?? false
  }

  private static let index: (codes: [String: [String: String]], names: [String: String]) = {
    var codes: [String: [String: String]] = [:]
    var names: [String: String] = [:]
    for line in table.split(separator: "\n") {
      let (alpha2, regions) = (String(line.prefix(2)), line.dropFirst(3))
      for region in regions.split(separator: ";") {
        let words = region.split(separator: " ", maxSplits: 1).map(String.init)
        let code = "\(alpha2)-\(words[0])"
        let spellings = words[1].split(separator: "|").map { NormalForm.collapsed(String($0)) }
        names[code] = spellings[0]
        for spelling in [words[0]] + spellings { codes[alpha2, default: [:]][NormalForm.folded(spelling)] = code }
      }
    }
    return (codes, names)
  }()

  /// Country (alpha-2), then short code and names of each region.
  private static let table = """
    US: AK Alaska; AL Alabama; AR Arkansas; AS American Samoa; AZ Arizona; CA California; CO Colorado; \
      CT Connecticut; DC District of Columbia | Washington DC | Washington D.C.; DE Delaware; FL Florida; \
      GA Georgia; GU Guam; HI Hawaii; IA Iowa; ID Idaho; IL Illinois; IN Indiana; KS Kansas; KY Kentucky; \
      LA Louisiana; MA Massachusetts; MD Maryland; ME Maine; MI Michigan; MN Minnesota; MO Missouri; \
      MP Northern Mariana Islands; MS Mississippi; MT Montana; NC North Carolina; ND North Dakota; NE Nebraska; \
      NH New Hampshire; NJ New Jersey; NM New Mexico; NV Nevada; NY New York; OH Ohio; OK Oklahoma; OR Oregon; \
      PA Pennsylvania; PR Puerto Rico; RI Rhode Island; SC South Carolina; SD South Dakota; TN Tennessee; TX Texas; \
      UM United States Minor Outlying Islands; UT Utah; VA Virginia; VI Virgin Islands, U.S.; VT Vermont; \
      WA Washington; WI Wisconsin; WV West Virginia; WY Wyoming
    CA: AB Alberta; BC British Columbia; MB Manitoba; NB New Brunswick; NL Newfoundland and Labrador | Newfoundland; \
      NS Nova Scotia; NT Northwest Territories; NU Nunavut; ON Ontario; PE Prince Edward Island; QC Quebec | Québec; \
      SK Saskatchewan; YT Yukon | Yukon Territory
    AU: ACT Australian Capital Territory; NSW New South Wales; NT Northern Territory; QLD Queensland; \
      SA South Australia; TAS Tasmania; VIC Victoria; WA Western Australia
    BR: AC Acre; AL Alagoas; AM Amazonas; AP Amapá; BA Bahia; CE Ceará; DF Distrito Federal; ES Espírito Santo; \
      GO Goiás; MA Maranhão; MG Minas Gerais; MS Mato Grosso do Sul; MT Mato Grosso; PA Pará; PB Paraíba; \
      PE Pernambuco; PI Piauí; PR Paraná; RJ Rio de Janeiro; RN Rio Grande do Norte; RO Rondônia; RR Roraima; \
      RS Rio Grande do Sul; SC Santa Catarina; SE Sergipe; SP São Paulo; TO Tocantins
    IE: CE Clare; CN Cavan; CO Cork; CW Carlow; D Dublin | County Dublin | Co. Dublin; DL Donegal; G Galway; \
      KE Kildare; KK Kilkenny; KY Kerry; LD Longford; LH Louth; LK Limerick; LM Leitrim; LS Laois; MH Meath; \
      MN Monaghan; MO Mayo; OY Offaly; RN Roscommon; SO Sligo; TA Tipperary; WD Waterford; WH Westmeath; WW Wicklow; \
      WX Wexford
    IT: AG Agrigento; AL Alessandria; AN Ancona; AP Ascoli Piceno; AQ L'Aquila; AR Arezzo; AT Asti; AV Avellino; \
      BA Bari; BG Bergamo; BI Biella; BL Belluno; BN Benevento; BO Bologna; BR Brindisi; BS Brescia; \
      BT Barletta-Andria-Trani; BZ Bolzano; CA Cagliari; CB Campobasso; CE Caserta; CH Chieti; CL Caltanissetta; \
      CN Cuneo; CO Como; CR Cremona; CS Cosenza; CT Catania; CZ Catanzaro; EN Enna; FC Forlì-Cesena; FE Ferrara; \
      FG Foggia; FI Firenze | Florence; FM Fermo; FR Frosinone; GE Genova | Genoa; GO Gorizia; GR Grosseto; \
      IM Imperia; IS Isernia; KR Crotone; LC Lecco; LE Lecce; LI Livorno; LO Lodi; LT Latina; LU Lucca; \
      MB Monza e Brianza; MC Macerata; ME Messina; MI Milano | Milan; MN Mantova; MO Modena; MS Massa-Carrara; \
      MT Matera; NA Napoli | Naples; NO Novara; NU Nuoro; OR Oristano; PA Palermo; PC Piacenza; PD Padova; \
      PE Pescara; PG Perugia; PI Pisa; PN Pordenone; PO Prato; PR Parma; PT Pistoia; PU Pesaro e Urbino; PV Pavia; \
      PZ Potenza; RA Ravenna; RC Reggio Calabria; RE Reggio Emilia; RG Ragusa; RI Rieti; RM Roma | Rome; RN Rimini; \
      RO Rovigo; SA Salerno; SI Siena; SO Sondrio; SP La Spezia; SR Siracusa; SS Sassari; SU Sud Sardegna; \
      SV Savona; TA Taranto; TE Teramo; TN Trento; TO Torino | Turin; TP Trapani; TR Terni; TS Trieste; TV Treviso; \
      UD Udine; VA Varese; VB Verbano-Cusio-Ossola; VC Vercelli; VE Venezia | Venice; VI Vicenza; VR Verona; \
      VT Viterbo; VV Vibo Valentia
    NL: DR Drenthe; FL Flevoland; FR Fryslân | Friesland; GE Gelderland; GR Groningen; LI Limburg; \
      NB Noord-Brabant | North Brabant; NH Noord-Holland | North Holland; OV Overijssel; UT Utrecht; ZE Zeeland; \
      ZH Zuid-Holland | South Holland
    DE: BB Brandenburg; BE Berlin; BW Baden-Württemberg; BY Bayern | Bavaria; HB Bremen; HE Hessen | Hesse; \
      HH Hamburg; MV Mecklenburg-Vorpommern; NI Niedersachsen | Lower Saxony; \
      NW Nordrhein-Westfalen | North Rhine-Westphalia | NRW; RP Rheinland-Pfalz | Rhineland-Palatinate; \
      SH Schleswig-Holstein; SL Saarland; SN Sachsen | Saxony; ST Sachsen-Anhalt | Saxony-Anhalt; \
      TH Thüringen | Thuringia
    AT: 1 Burgenland; 2 Kärnten | Carinthia; 3 Niederösterreich | Lower Austria; 4 Oberösterreich | Upper Austria; \
      5 Salzburg; 6 Steiermark | Styria; 7 Tirol | Tyrol; 8 Vorarlberg; 9 Wien | Vienna
    CH: AG Aargau; AI Appenzell Innerrhoden; AR Appenzell Ausserrhoden; BE Bern | Berne; BL Basel-Landschaft; \
      BS Basel-Stadt; FR Freiburg; GE Genève | Geneva | Genf; GL Glarus; GR Graubünden; JU Jura; \
      LU Luzern | Lucerne; NE Neuchâtel; NW Nidwalden; OW Obwalden; SG Sankt Gallen; SH Schaffhausen; SO Solothurn; \
      SZ Schwyz; TG Thurgau; TI Ticino | Tessin; UR Uri; VD Vaud | Waadt; VS Valais | Wallis; ZG Zug; \
      ZH Zürich | Zurich
    MX: AGU Aguascalientes; BCN Baja California; BCS Baja California Sur; CAM Campeche; CHH Chihuahua; CHP Chiapas; \
      CMX Ciudad de México | Mexico City | CDMX | DF | Distrito Federal; COA Coahuila de Zaragoza; COL Colima; \
      DUR Durango; GRO Guerrero; GUA Guanajuato; HID Hidalgo; JAL Jalisco; MEX México | Estado de México; \
      MIC Michoacán de Ocampo; MOR Morelos; NAY Nayarit; NLE Nuevo León; OAX Oaxaca; PUE Puebla; QUE Querétaro; \
      ROO Quintana Roo; SIN Sinaloa; SLP San Luis Potosí; SON Sonora; TAB Tabasco; TAM Tamaulipas; TLA Tlaxcala; \
      VER Veracruz de Ignacio de la Llave; YUC Yucatán; ZAC Zacatecas
    ES: A Alacant; AB Albacete; AL Almería; AV Ávila; B Barcelona [Barcelona]; BA Badajoz; BI Bizkaia; BU Burgos; \
      C A Coruña [La Coruña]; CA Cádiz; CC Cáceres; CE Ceuta; CO Córdoba; CR Ciudad Real; CS Castelló; CU Cuenca; \
      GC Las Palmas; GI Girona [Gerona]; GR Granada; GU Guadalajara; H Huelva; HU Huesca; J Jaén; L Lleida [Lérida]; \
      LE León; LO La Rioja; LU Lugo [Lugo]; M Madrid; MA Málaga; ML Melilla; MU Murcia; NA Nafarroa; O Asturias; \
      OR Ourense [Orense]; P Palencia; PM Illes Balears [Islas Baleares]; PO Pontevedra [Pontevedra]; S Cantabria; \
      SA Salamanca; SE Sevilla | Seville; SG Segovia; SO Soria; SS Gipuzkoa; T Tarragona [Tarragona]; TE Teruel; \
      TF Santa Cruz de Tenerife; TO Toledo; V Valencia; VA Valladolid; VI Araba; Z Zaragoza; ZA Zamora
    IN: AN Andaman and Nicobar Islands; AP Andhra Pradesh; AR Arunāchal Pradesh; AS Assam; BR Bihār; CH Chandīgarh; \
      CT Chhattīsgarh; DH Dādra and Nagar Haveli and Damān and Diu; DL Delhi | New Delhi; GA Goa; GJ Gujarāt; \
      HP Himāchal Pradesh; HR Haryāna; JH Jhārkhand; JK Jammu and Kashmīr; KA Karnātaka; KL Kerala; LA Ladākh; \
      LD Lakshadweep; MH Mahārāshtra; ML Meghālaya; MN Manipur; MP Madhya Pradesh; MZ Mizoram; NL Nāgāland; \
      OR Odisha; PB Punjab; PY Puducherry | Pondicherry; RJ Rājasthān; SK Sikkim; TG Telangāna; TN Tamil Nādu; \
      TR Tripura; UP Uttar Pradesh; UT Uttarākhand; WB West Bengal
    """
}
