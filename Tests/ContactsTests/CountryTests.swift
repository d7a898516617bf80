import Contacts
import Testing

@Suite struct CountryTests {
  @Test(arguments: [
    ("Brazil", "BRA"), ("brasil", "BRA"), ("USA", "USA"), ("us", "USA"), ("United States (US)", "USA"),
    ("U.S.A.", "USA"),
    ("Czech Republic", "CZE"), ("Česká republika", "CZE"), ("Ceska Republika", "CZE"), ("Österreich", "AUT"),
    ("ÖSTERREICH", "AUT"), ("The Netherlands", "NLD"), ("holland", "NLD"), ("UK", "GBR"), ("GB", "GBR"),
    ("Deutschland", "DEU"),
    ("Côte d’Ivoire", "CIV"), ("cote d'ivoire", "CIV"), ("日本", "JPN"), ("Россия", "RUS"), ("Ελλάδα", "GRC"),
    ("Türkiye", "TUR"),
    ("Turkey", "TUR"), ("South Korea", "KOR"), ("Viet Nam", "VNM"), (" France ", "FRA"), ("Antigua & Barbuda", "ATG"),
  ]) func `a country is known by name and code`(name: String, code: String) {
    #expect(Countries.code(of: name) == code)
  }

  @Test(arguments: ["", "Atlantis", "Yugoslavia", "XX", "Ger"]) func `what is no country has no code`(name: String) {
    #expect(Countries.code(of: name) == nil)
  }

  @Test func `all 249 countries are there, and each is found by its codes and its own name`() {
    let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ".map(String.init)
    let codes = letters.flatMap { one in letters.flatMap { two in letters.map { one + two + $0 } } }
      .filter(Countries.isCode)
    #expect(codes.count == 249)
    for code in codes {
      #expect(Countries.code(of: code) == code)
      #expect(Countries.alpha2(of: code).flatMap(Countries.code) == code)
      #expect(Countries.name(of: code).flatMap(Countries.code) == code)
    }
    #expect(Set(codes.compactMap(Countries.alpha2)).count == 249)
  }

  @Test(arguments: [
    ("SP", "BRA", "BR-SP"), ("São Paulo", "BRA", "BR-SP"), ("sao paulo", "BRA", "BR-SP"), ("BR-SP", "BRA", "BR-SP"),
    ("Arizona", "USA", "US-AZ"), ("us-az", "USA", "US-AZ"), ("Québec", "CAN", "CA-QC"), ("NSW", "AUS", "AU-NSW"),
    ("RM", "ITA", "IT-RM"), ("Dublin", "IRL", "IE-D"), ("Noord-Holland", "NLD", "NL-NH"), ("Bayern", "DEU", "DE-BY"),
    ("FR-75", "FRA", "FR-75"),
  ]) func `a region is known by name and code`(name: String, country: String, code: String) {
    #expect(Regions.code(of: name, in: country) == code)
  }

  @Test func `a region is known in its own country only`() {
    #expect(Regions.code(of: "VV", in: "NLD") == nil)
    #expect(Regions.code(of: "AZ", in: "CAN") == nil)
    #expect(Regions.code(of: "US-AZ", in: "CAN") == nil)
    #expect(Regions.code(of: "Bretagne", in: "FRA") == nil)
    #expect(Regions.name(of: "BR-SP") == "São Paulo")
    #expect(Regions.areKnown(in: "USA") && !Regions.areKnown(in: "FRA") && !Regions.areKnown(in: "XXX"))
  }
}
