import Foundation

/// A program that alerts are given to.
extension Stage {
  /// What a program gets on its standard input.
  struct Told: Decodable {
    struct Alert: Decodable {
      var id: String
      var kind: String
      var subject: String
      var link: String?
      var nextStep: String?
    }
    var type: String
    var data: Alert
  }

  /// A program that keeps what it is told, with its arguments and environment.
  func listener(ending: String = "exit 0") throws -> (path: String, heard: String) {
    let path = file("listener"), heard = file("heard")
    try write(
      "#!/bin/sh\ncat >> '\(heard)'\necho >> '\(heard)'\necho \"$*\" >> '\(heard).arguments'\n"
        + "/usr/bin/env >> '\(heard).environment'\necho noise\necho noise >&2\n\(ending)\n", to: path)
    try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: path)
    return (path, heard)
  }

  func told(_ heard: String) -> [Told] {
    let text = (try? String(contentsOfFile: heard, encoding: .utf8)) ?? ""
    return text.split(separator: "\n").compactMap { try? JSONDecoder().decode(Told.self, from: Data($0.utf8)) }
  }
}
