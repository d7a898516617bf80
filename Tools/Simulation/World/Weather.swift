/// What can go wrong at present, as chances for each act.
struct Weather: Sendable {
  /// That a process dies as it passes a seam.
  var deaths = 0.0
  /// That a process is held up as it passes a seam.
  var stalls = 0.0
  /// That a process is held up for minutes with an answer in its hands.
  var slowAnswers = 0.0
  /// That a transaction fails with nothing written.
  var storeFails = 0.0
  /// That a transaction is committed and reported as failed.
  var storeLies = 0.0
  /// That a writer waits for others, and may not get its turn.
  var storeWaits = 0.0
  /// That a transaction is rolled back because of another act in it, and runs again.
  var storeAborts = 0.0
  /// That an exchange with the token endpoint is disturbed.
  var networkFails = 0.0
  /// That our issuer's own store fails during a request.
  var issuerFails = 0.0
  var isEndpointDown = false
  var disksFail = false
  var witnessFails = false
  /// Whether an exchange takes no time.
  var isInstant = false

  static let calm = Weather()
  /// Before time passes.
  static let still = Weather(isInstant: true)

  /// Some calm, some of one trouble, some of all at once.
  static func drawn(_ dice: Dice) -> Weather {
    var weather = Weather()
    switch dice.number(0...9) {
    case 0, 1: break
    case 2: weather.networkFails = 0.8
    case 3: weather.isEndpointDown = true
    case 4: weather.deaths = 0.01
    case 5:
      weather.storeFails = dice.pick([0, 0.3, 1]) ?? 0
      weather.storeWaits = weather.storeFails == 0 ? 0.5 : 0
    case 6:
      weather.disksFail = dice.chance(0.5)
      weather.witnessFails = !weather.disksFail
    case 7: weather.issuerFails = 0.7
    case 8: weather = Weather(deaths: 0.002, stalls: 0.04, slowAnswers: 0.5, storeAborts: 0.2, networkFails: 0.1)
    default:
      weather = Weather(
        deaths: 0.004, stalls: 0.02, storeFails: 0.05, storeLies: 0.02, storeWaits: 0.05, storeAborts: 0.05,
        networkFails: 0.4, issuerFails: 0.1)
    }
    return weather
  }
}
