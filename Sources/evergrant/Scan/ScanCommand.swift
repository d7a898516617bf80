import ArgumentParser
import Foundation
import Scan
import Wire

struct ScanCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "scan",
    abstract: "Say which calls of Keap's XML-RPC in old code go on over the bridge.",
    discussion: """
      Keap ends XML-RPC on 31 December 2026. The bridge takes such calls from then on, and makes them calls of REST. This reads
      code, calls nobody, changes nothing and needs no account: PHP with the iSDK class, Novak's SDK, Keap's own SDK or bare
      XML-RPC; Python, Ruby, Perl, C#, Visual Basic, ColdFusion, JavaScript, Java and Go by the names of methods.

      Each call gets a line: place, method, verdict, and what there is to say. It is carried as it is, carried with a difference,
      not carried, or it cannot be told, where the method or its table shows only when the program runs. A method that is
      named in a comment, or in a text that is only shown or compared, is no call. The source of an SDK itself is named and not
      counted.

      Folders are read to the bottom, without .git and node_modules; symbolic links are not followed, pipes, sockets and devices
      are not opened, and a file has at most \(SourceTree.largestFile >> 20) MiB.

      Exit status: 0 every call is carried, with the differences that are told; 3 some are not, or it cannot be told; 1 there
      are files that could not be read, or no code at all; 2 wrong use.
      """.flowing)

  @OptionGroup var output: OutputOptions
  @Flag(help: "Answer in SARIF 2.1.0, for code hosts and editors.") var sarif = false
  @Argument(help: "The folder, or one file.", completion: .file()) var path: String

  func validate() throws {
    if sarif, output.json { throw ValidationError("Ask for --json or for --sarif, not for both.") }
  }

  func run() throws {
    var tree = try SourceTree(path: path)
    var report = ScanReport(), progress = ProgressLine(), told = WallClock.system.uptime()
    while let entry = tree.next() {
      switch entry {
      case .source(let file, let bytes, let language): report.add(.of(bytes, language, path: file), of: file)
      case .unread(let unread): report.add(unread)
      }
      let now = WallClock.system.uptime()
      if now - told >= ProgressLine.pause {
        progress.show("\(report.files) files read, \(report.findings.count) calls found")
        told = now
      }
    }
    progress.clear()
    report.finish()
    try show(report, of: tree)
    if !report.unread.isEmpty || report.files == 0 { throw ExitCode(ExitStatus.failed.rawValue) }
    if report.needsWork { throw ExitCode(ExitStatus.notAll.rawValue) }
  }

  private func show(_ report: ScanReport, of tree: SourceTree) throws {
    if sarif {
      let document = SARIF.document(report, root: tree.root, version: Evergrant.configuration.version)
      return print(Printable.text(try JSONText.of(document)))
    }
    try output.show(ScanDocument(report, root: tree.root)) {
      (report.lines(in: tree.typed) + (report.findings.isEmpty ? [] : [""]) + report.summary(in: tree.typed))
        .joined(separator: "\n")
    }
  }
}
