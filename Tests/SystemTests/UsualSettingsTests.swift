import Foundation
import TestKit
import Testing

extension RealPrograms {
  /// What documents and packages repeat of the program's settings is what the program's own table says.
  @Suite("the usual settings") struct UsualSettings {
    private struct Shown: Decodable {
      struct Setting: Decodable {
        var name: String
        var value: String?
      }
      var settings: [Setting]

      var ports: Set<String> { Set(settings.filter { $0.name.hasSuffix("port") }.compactMap(\.value)) }
      var variables: Set<String> {
        Set(settings.map { "EVERGRANT_" + $0.name.uppercased().replacing(/[-.]/, with: "_") })
      }

      func callAsFunction(_ name: String) -> String? { settings.first { $0.name == name }?.value }
    }

    /// Whoever reads one of these takes what stands there for how it is.
    private static func pages() throws -> [(name: String, text: String)] {
      let folders = ["docs", "docs/recipes", "debian"]
      let inFolders = try folders.flatMap { folder in
        try FileManager.default.contentsOfDirectory(atPath: Project.file(folder)).sorted().map { "\(folder)/\($0)" }
      }.filter { $0.hasPrefix("debian/") || $0.hasSuffix(".md") }
      let single = [
        "README.md", "php/README.md", "examples/README.md", "examples/shell/crontab", "compose.yaml", "Dockerfile",
        "Tools/machine",
      ]
      return try (inFolders + single).map { ($0, try String(contentsOfFile: Project.file($0), encoding: .utf8)) }
    }

    private func usual(_ stage: Stage) async throws -> Shown {
      try await stage.succeed(["config", "--json"]).decoded(Shown.self)
    }

    @Test("each port and each variable that a document, the package or an image names is one of the table's")
    func names() async throws {
      try await Stage.open { stage in
        let usual = try await usual(stage)
        // The file's own place is no setting, nor is what the package's script and the build ask for.
        let variables = usual.variables.union(["EVERGRANT_CONFIG", "EVERGRANT_NO_BACKUP", "EVERGRANT_ONLY"])
        var seen: Set<String> = []
        for page in try Self.pages() {
          for variable in page.text.matches(of: /\bEVERGRANT_[A-Z_]*[A-Z]/) {
            #expect(variables.contains(String(variable.output)), "\(page.name) names \(variable.output)")
          }
          // Its transcript has the ports that were free that day.
          guard page.name != "docs/demo.md" else { continue }
          let ways: [Regex<(Substring, Substring)>] = [
            /(?:127\.0\.0\.1|localhost|\[::1\]):(\d+)/, /[^-\w]port:? (\d+)/, /plane \((\d+)\)/, /-L (\d+):/,
          ]
          for port in ways.flatMap({ page.text.matches(of: $0).map { String($0.1) } }) {
            #expect(usual.ports.contains(port), "\(page.name) names port \(port)")
            seen.insert(port)
          }
        }
        for name in ["port", "control-port", "public-port", "issuer.port"] {
          let port = try #require(usual(name))
          #expect(seen.contains(port), "no document names \(name), \(port)")
        }
      }
    }

    @Test("each span that a document calls usual is the table's, and so is the address of a job's keeper")
    func values() async throws {
      try await Stage.open { stage in
        let usual = try await usual(stage)
        let laws = try String(contentsOfFile: Project.file("docs/security.md"), encoding: .utf8)
        let code = try #require(laws.firstMatch(of: /A code lives (\d+) (s|min), at most (\d+) minutes by setting/))
        #expect(usual("issuer.code-lifetime") == "\(code.1)\(code.2.prefix(1))")
        let window = try #require(laws.firstMatch(of: /refresh window \((\d+) days by default\)/))
        #expect(usual("issuer.refresh-window") == "\(window.1)d")
        let help = try await stage.succeed(["issuer", "serve", "--help"]).output.replacing(/\s+/, with: " ")
        #expect(help.contains("How long a code is good, at most \(code.3) min."))

        let address = "http://\(try #require(usual("host"))):\(try #require(usual("port")))"
        #expect(usual("url") == address)
        #expect(try await stage.succeed(["--help"]).output.contains("\(address)/via/"))
        #expect(try await stage.succeed(["serve", "--help"]).output.contains("\(address)/via/"))
        let control = try #require(usual("control-port"))
        let console = try await stage.succeed(["console", "--help"]).output.replacing(/\s+/, with: " ")
        #expect(console.contains("-L \(control):127.0.0.1:\(control) "))
        for page in try Self.pages() {
          for url in page.text.matches(of: /EVERGRANT_URL[=:] ?(\S+)/) {
            #expect(String(url.1) == address, "\(page.name)")
          }
        }
      }
    }

    @Test("the package's data folder is the same everywhere, and its settings file is where the program looks for one")
    func places() async throws {
      try await Stage.open { stage in
        let settings = try String(contentsOfFile: Project.file("debian/evergrant.yaml"), encoding: .utf8)
        let data = String(try #require(settings.firstMatch(of: /\ndata: (\S+)/)).1)
        let unit = try String(contentsOfFile: Project.file("debian/evergrant.service"), encoding: .utf8)
        let state = try #require(unit.firstMatch(of: /\nStateDirectory=(\S+)/)).1
        #expect(data == "/var/lib/\(state)")
        let help = try await stage.succeed(["config", "--help"]).output
        let file = String(try #require(help.firstMatch(of: /\/etc\/\S+\.yaml/)).output)
        var folders = 0
        for page in try Self.pages() {
          for place in page.text.matches(of: /\/var\/lib\/[\w-]*evergrant[\w-]*/) {
            #expect(String(place.output) == data, "\(page.name)")
            folders += 1
          }
          for place in page.text.matches(of: /\/etc\/[\w\/.-]*evergrant\.yaml/) {
            #expect(String(place.output) == file, "\(page.name)")
          }
        }
        #expect(folders > 10)
      }
    }
  }
}
