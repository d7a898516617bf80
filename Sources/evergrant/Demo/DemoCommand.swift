import ArgumentParser
import Foundation
import Wire

struct DemoCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "demo", abstract: "Both sides at work on this machine, from approval to revocation, in some seconds.",
    discussion: """
      Starts the issuer and the keeper on loopback in a temporary folder, and lets a person approve, a job import a
      customer file with nothing but a key, the access token expire, and the person take the approval back.
      Nothing leaves this machine, and nothing stays behind but what --stay keeps.
      """.flowing)

  @Option(help: "A customer file of your own (CSV); as often as you like, each goes into the same data.") var file:
    [String] = []
  @Flag(help: "Approve again at the end, keep both servers running, and print the addresses to click through.")
  var stay = false
  @OptionGroup var output: OutputOptions

  func run() async throws {
    for path in file where !FileManager.default.isReadableFile(atPath: path) {
      throw ValidationError("The file \(path) cannot be read.")
    }
    let reporter = DemoReporter(isJSON: output.json)
    let files = file.isEmpty ? [.sample] : file.map(DemoFile.path)
    try await Demo(files: files, stays: stay, reporter: reporter).run()
  }
}

/// What the demo says: a plain line a step, or one JSON document at the end.
final class DemoReporter {
  struct Step: Encodable {
    var step: String
    var text: String
    var figures: [String: Int]
  }

  struct Document: Encodable {
    var steps: [Step]
    var addresses: [String: String]
  }

  private let isJSON: Bool
  private var steps: [Step] = []

  init(isJSON: Bool) { self.isJSON = isJSON }

  func report(_ step: String, _ text: String, _ figures: [String: Int] = [:]) {
    steps.append(Step(step: step, text: text, figures: figures))
    guard !isJSON else { return }
    print(Printable.text("\(steps.count)".padding(toLength: 3, withPad: " ", startingAt: 0) + text))
    fflush(nil)
  }

  func finish(_ addresses: [String: String], closing: String) throws {
    if isJSON {
      print(try JSONText.answer(Document(steps: steps, addresses: addresses)))
    } else {
      print("\n" + closing)
    }
    fflush(nil)
  }
}

enum DemoFile {
  case sample
  case path(String)

  var name: String {
    switch self {
    case .sample: "a sample file"
    case .path(let path): (path as NSString).lastPathComponent
    }
  }

  /// What gives the file piece by piece.
  func chunks() throws -> () throws -> [UInt8]? {
    switch self {
    case .sample:
      var pieces = [PackageResources.customers_csv]
      return { pieces.popLast() }
    case .path(let path): return try FileChunks(path: path).next
    }
  }
}
