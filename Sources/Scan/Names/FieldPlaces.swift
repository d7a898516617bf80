import Bridge

/// At which places a method is given fields, counted from its first argument behind the key.
struct FieldPlaces {
  var asked: Int?
  var looked: [Int] = []
  var written: Int?

  /// As Keap has them, and with it the iSDK class, the Ruby gem and Keap's own SDK.
  init?(of method: String) {
    guard let method = BridgeMethod.named(method) else { return nil }
    for (place, argument) in method.arguments.enumerated() {
      switch argument.name {
      case "selectedFields", "wantedFields": asked = place
      case "queryData", "fieldName", "orderBy": looked.append(place)
      case "data", "values": written = place
      default: break
      }
    }
  }

  /// How many arguments a method has behind the key.
  static func count(of method: String) -> Int { BridgeMethod.named(method)?.arguments.count ?? 0 }

  /// How many arguments a method may have, the key among them.
  static func counts(of method: String) -> ClosedRange<Int> {
    let arguments = BridgeMethod.named(method)?.arguments ?? []
    return arguments.count { !$0.isOptional } + 1...arguments.count + 1
  }

  private init(asked: Int?, looked: [Int]) {
    self.asked = asked
    self.looked = looked
  }

  /// Methods of Novak's DataService that are given a row for a table, in small letters. Where they are given no fields they ask for
  /// all that the SDK knows.
  static let ofRows: [String: FieldPlaces] = [
    "query": FieldPlaces(asked: 4, looked: [1]), "querywithorderby": FieldPlaces(asked: 6, looked: [1, 2]),
    "search": FieldPlaces(asked: 5, looked: [1, 2]), "searchwithorderby": FieldPlaces(asked: 7, looked: [1, 2, 3]),
    "findbyfield": FieldPlaces(asked: 5, looked: [1]), "load": FieldPlaces(asked: 2, looked: []),
    "count": FieldPlaces(asked: nil, looked: [1]),
  ]
}
