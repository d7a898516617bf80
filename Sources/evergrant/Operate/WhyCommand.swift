import ArgumentParser
import Operator
import Wire

struct WhyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "why", abstract: "What happened to a connection, in sentences, and what to do now.",
    discussion:
      "Holds no token and no key: safe to paste into a ticket. Shows the last 40 chapters; audit shows all events.")

  @OptionGroup var data: DataOptions
  @OptionGroup var output: OutputOptions
  @Argument(help: "The connection.", completion: .connections) var name: String

  /// What fits on a screen or two.
  private static let most = 40

  private struct Answer: Encodable {
    var chapters: [History.Chapter]
    var now: ConnectionStatus
  }

  func run() async throws {
    let history = try await data.folderThatIs.desk().history(of: name)
    let now = WallClock.system.now()
    try output.show(Answer(chapters: history.chapters, now: history.now)) { Self.text(history, now) }
  }

  private static func text(_ history: History, _ now: Timestamp) -> String {
    let status = history.now
    let whose = [status.provider, status.tenant, status.approver.map { "approved by \($0)" }].compactMap(\.self)
    var lines = ["\(status.name) (\(whose.joined(separator: ", "))), told at \(now.readable)", ""]
    let left = history.chapters.count - most
    if left > 0 { lines.append("\(left) earlier chapters: evergrant audit --connection \(status.name)") }
    lines += history.chapters.suffix(most).map { chapter in
      Paragraph.wrapped(
        chapter.sentence, head: Timestamp(milliseconds: chapter.at).readable + "  ", indentation: 25)
    }
    return (lines + ["", status.readable(now)]).joined(separator: "\n")
  }
}
