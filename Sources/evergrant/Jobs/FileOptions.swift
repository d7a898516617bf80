import ArgumentParser
import Contacts
import Wire

/// What a person says of a customer file, against what it would be taken for.
struct FileOptions: ParsableArguments {
  @Option(
    name: .customLong("map"),
    help: ArgumentHelp(
      "Take a column for what you say. May be repeated. A target is one of \(FileOptions.targets); custom:NAME is a field of your own.",
      valueName: "column=target")) var maps: [String] = []
  @Option(
    help: ArgumentHelp(
      "How the file spells its letters, where it is not recognised: \(TextEncoding.allCases.map(\.rawValue).joined(separator: ", ")).",
      valueName: "name")) var encoding: String?
  @Option(help: "What comes first in a date such as 3/4/1985: day-first, month-first.") var dates: Order?

  enum Order: String, ExpressibleByArgument, CaseIterable {
    case dayFirst = "day-first"
    case monthFirst = "month-first"
  }

  private static let targets = (CustomerColumns.Meaning.names + [ColumnMap.nothing]).joined(separator: ", ")

  /// - Parameter finding: what the file is taken for where nobody says it.
  /// - Throws: `Denied` where its bytes speak against what is said.
  func reading(_ finding: EncodingSurvey.Finding, of file: String) throws -> CustomerFile.Reading {
    var encoding = try named ?? finding.encoding
    if encoding.isUTF16, finding.encoding.isUTF16, !namesOrder { encoding = finding.encoding }
    guard finding.outcome(readAs: encoding) != .garbled else {
      throw Denied(Self.complaint(about: encoding, finding, Self.called(file)))
    }
    return CustomerFile.Reading(
      encoding: encoding, maps: try maps.map { try ColumnMap($0) },
      dates: dates.flatMap { DateOrder(rawValue: $0.rawValue) })
  }

  /// Whether UTF-16 is named with the order of its bytes, which they tell else.
  private var namesOrder: Bool { ["le", "be"].contains { encoding?.lowercased().hasSuffix($0) == true } }

  /// Why a file is not read as is said.
  private static func complaint(
    about named: TextEncoding, _ finding: EncodingSurvey.Finding, _ file: String
  ) -> String {
    switch (finding.encoding, finding.certainty) {
    case (.windows1252, .doubtful):
      "\(file) is not \(named.rawValue), as --encoding says, and what it is instead is doubtful. Nothing was sent. Save it as "
        + "UTF-8 where it comes from."
    case (.windows1252, _): "\(file) looks like windows-1252: leave --encoding out. Nothing was sent."
    default:
      "\(file) is \(finding.encoding.rawValue) by its bytes: read as \(named.rawValue), as --encoding says, letters would come "
        + "out as others, in every name. Nothing was sent. Leave --encoding out."
    }
  }

  private var named: TextEncoding? {
    get throws {
      guard let encoding else { return nil }
      if let known = TextEncoding(named: encoding) { return known }
      let names = TextEncoding.allCases.map(\.rawValue).joined(separator: ", ")
      throw ValidationError("--encoding \(encoding) is none that is known: \(names).")
    }
  }

  /// - Throws: `ValidationError` for what is wrong before any file is read.
  func validate() throws {
    _ = try named
    for map in maps {
      do throws(ContactRefusal) { _ = try ColumnMap(map) } catch { throw ValidationError("--map: \(error.message).") }
    }
  }

  private static func called(_ file: String) -> String { file == "-" ? "What comes in" : file }

  /// The lines that are in another encoding, as the beginning of a sentence about them.
  private static func strays(_ finding: EncodingSurvey.Finding) -> String {
    let lines = finding.strayLines.counted("line"), first = finding.firstStray ?? 0
    return finding.strayLines == 1 ? "\(lines), line \(first), is" : "\(lines), the first of them line \(first), are"
  }

  /// What makes another import of it, as words.
  var wishes: [String] { maps + ["encoding \(encoding ?? "")", "dates \(dates?.rawValue ?? "")"] }

  /// What there is to say of the letters before it begins; nothing of a file that is UTF-8 throughout.
  func remark(on finding: EncodingSurvey.Finding, of file: String) -> String? {
    let name = finding.encoding.rawValue, file = Self.called(file)
    if let named = try? named {
      guard finding.outcome(readAs: named) == .garbledInPart else { return nil }
      return
        "\(file) has lines that are UTF-8, whose letters come out as others if read as \(named.rawValue), as --encoding says, "
        + "such as Ã© for é; \(Self.strays(finding)) not. See with --dry-run whether names look right."
    }
    let other = "Another encoding is named with --encoding."
    switch finding.certainty {
    case .plain: return nil
    case .sure where finding.strayLines > 0:
      return
        "\(file) is \(name), and \(Self.strays(finding)) not \(name) and \(finding.strayLines == 1 ? "is" : "are") refused. \(other)"
    case .sure: return finding.encoding == .utf8 ? nil : "\(file) is read as \(name), as its first bytes say."
    case .likely(let lines):
      return "\(file) is read as \(name): it is likely, by \(lines.counted("line")) with letters of it. \(other)"
    case .doubtful(let lines):
      return
        "\(file) is read as \(name), and that is doubtful: \(lines.counted("line")) of it could be in an encoding that is "
        + "not known here. See with --dry-run whether names look right; save the file as UTF-8 if not."
    }
  }
}
