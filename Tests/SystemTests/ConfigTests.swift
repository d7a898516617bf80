import Foundation
import NetworkKit
import Testing

extension RealPrograms {
  /// Settings by flag, environment and file (K34).
  @Suite("settings") struct Config {
    private struct Shown: Decodable {
      struct Setting: Decodable {
        var name: String
        var value: String?
        var origin: String
      }
      var file: String?
      var settings: [Setting]

      func callAsFunction(_ name: String) -> Setting? { settings.first { $0.name == name } }
    }

    @Test("K34: every setting has one name in file, environment and flag, and config shows where its value is from")
    func names() async throws {
      try await Stage.open { stage in
        let file = stage.file("evergrant.yaml")
        let all = try await stage.succeed(["config", "--json"]).decoded(Shown.self)
        #expect(all.settings.allSatisfy { $0.origin == "usual" })
        let flags =
          try await stage.succeed(["serve", "--help"]).output
          + stage.succeed(["contacts", "import", "--help"]).output
        let issuerFlags = try await stage.succeed(["issuer", "serve", "--help"]).output
        for setting in all.settings {
          let name = setting.name.split(separator: ".").last.map(String.init) ?? ""
          let variable = "EVERGRANT_" + setting.name.uppercased().replacing(/[-.]/, with: "_")
          #expect((setting.name.hasPrefix("issuer.") ? issuerFlags : flags).contains("  --\(name)"), "\(name)")
          let help = (flags + issuerFlags).replacing(/\s+/, with: " ")
          #expect(help.contains("Or \(variable)."), "\(variable)")

          let value = try value(for: setting)
          let parts = setting.name.split(separator: ".")
          try stage.write(
            parts.count == 2 ? "\(parts[0]):\n  \(parts[1]): \(value)\n" : "\(setting.name): \(value)\n", to: file)
          let inFile = try await stage.succeed(["config", "--json"], environment: ["EVERGRANT_CONFIG": file])
            .decoded(Shown.self)(setting.name)
          #expect(inFile?.value == value && inFile?.origin == file)
          let inEnvironment = try await stage.succeed(
            ["config", "--json"], environment: ["EVERGRANT_CONFIG": file, variable: value]
          ).decoded(Shown.self)(setting.name)
          #expect(inEnvironment?.value == value && inEnvironment?.origin == variable)
        }
      }
    }

    private func value(for setting: Shown.Setting) throws -> String {
      switch setting.name {
      case let name where name.hasSuffix("port"): "9001"
      case let name where name.hasSuffix("verbose"): "true"
      case "threads": "3"
      case let name where name.hasPrefix("issuer.") && setting.value?.contains(/^\d+[smhd]$/) == true: "77s"
      case let name where name.hasSuffix("url"): "https://keeper.example"
      case "issuer.as": "keap"
      case "issuer.keap-dead-token": "invalid_request"
      case let name where name.hasSuffix("-limits"): "3/s,70/min"
      case "issuer.rehearse", "issuer.private-hooks": "true"
      case "issuer.faults": "api 429 every 20"
      case "data", "key-file", "master-key", "tls-certificate", "tls-key": "/some/where"
      default: "some-thing"
      }
    }

    @Test("K34: a flag counts before the environment, and that before the file")
    func order() async throws {
      try await Stage.open { stage in
        let file = stage.file("evergrant.yaml")
        let ports = [try await freePort(), try await freePort(), try await freePort()]
        try stage.write("data: \(stage.keeperData)\nport: \(ports[0])\ncontrol-port: 0\n", to: file)
        for (flags, environment, port) in [
          ([], [:], ports[0]), ([], ["EVERGRANT_PORT": "\(ports[1])"], ports[1]),
          (["--port", "\(ports[2])"], ["EVERGRANT_PORT": "\(ports[1])"], ports[2]),
        ] {
          let server = try stage.start(
            ["serve"] + flags, environment: environment.merging(["EVERGRANT_CONFIG": file]) { $1 })
          _ = try await server.says(/evergrant serves: .*/)
          #expect(server.errors.contains("127.0.0.1:\(port)/via"), "\(server.errors)")
          #expect(try await server.terminate().status == 0)
        }
        #expect(FileManager.default.fileExists(atPath: stage.keeperData + "/keeper.sqlite"))
      }
    }

    @Test("K34: what config check calls well a server starts with, on every address of this machine alone")
    func ownAddress() async throws {
      try await Stage.open { stage in
        let (port, controlPort) = (try await freePort(), try await freePort())
        let environment = [
          "EVERGRANT_HOST": "127.8.8.8", "EVERGRANT_PORT": "\(port)", "EVERGRANT_CONTROL_PORT": "\(controlPort)",
        ]
        try await stage.succeed(["config", "check"], environment: environment)
        let server = try stage.start(["serve", "--data", stage.keeperData], environment: environment)
        _ = try await server.says(/evergrant serves: .*127\.8\.8\.8:\d+\/via/)
        #expect(try await HTTP.send("GET", "http://127.8.8.8:\(controlPort)/livez").status == 204)
        #expect(try await server.terminate().status == 0)
      }
    }

    /// Each with what is said of it.
    private static let badFiles = [
      ("public-prot: 3", "Is public-port meant?"), ("port: 99999", "a port, from 0 to 65535"),
      ("verbose: perhaps", "true or false"), ("issuer:\n  code-lifetime: soon", "a span such as 90s"),
      ("port:\n  number: 3", "cannot be used"), ("port: 1\nport: 2", "twice"), ("- port", "no list of names"),
      ("port: [", "line 2"), ("client-secret: abc", "has a secret in it, at client-secret"),
      ("connection: evk_0123456789", "has a secret in it, at connection"),
      ("public-url: https://ann:pass@keeper.example", "has a secret in it, at public-url"),
      ("evk_0123456789: x", "has a secret in it, at a name"), ("data: ~", "cannot be used"),
      ("port: null", "cannot be used"),
      ("data: ~/evergrant", "a whole path"), ("key-file: nightly.key", "a whole path"),
    ]

    @Test(
      "K34: a file with an unknown name, a wrong type, a name twice or a secret is refused, by config check and by a server",
      arguments: badFiles)
    func refused(_ text: String, _ words: String) async throws {
      try await Stage.open { stage in
        let file = stage.file("evergrant.yaml")
        try stage.write(text + "\n", to: file)
        for command in [["config", "check"], ["serve", "--data", stage.keeperData]] {
          let ending = try await stage.evergrant(command, environment: ["EVERGRANT_CONFIG": file])
          // A server that took it would run on.
          try #require(
            ending.status == 1 && ending.errors.contains(file) && ending.errors.contains(words), "\(ending.errors)")
          #expect(!ending.errors.contains("evk_0123456789") && !ending.errors.contains("pass@"))
        }
      }
    }

    @Test(
      "K34: what no server would start with is refused by config check too, in the same words",
      arguments: [
        ("host: 0.0.0.0", "loopback"), ("public-url: http://keeper.example", "public-url"),
        ("remote-port: 8443", "tls-certificate"), ("tls-key: /no/key", "remote-port"),
        ("remote-port: 8443\nbehind-tls-proxy: proxy", "no IP address"), ("port: 8081", "port and control-port"),
        ("remote-port: 8443\ntls-certificate: /no/file\ntls-key: /no/key", "There is no file /no/file"),
      ])
    func noStart(_ text: String, _ words: String) async throws {
      try await Stage.open { stage in
        let file = stage.file("evergrant.yaml")
        try stage.write(text + "\n", to: file)
        var said: [String] = []
        for command in [["config", "check"], ["serve", "--data", stage.keeperData]] {
          let ending = try await stage.evergrant(command, environment: ["EVERGRANT_CONFIG": file])
          try #require(ending.status == 1 && ending.errors.contains(words), "\(ending.errors)")
          said.append(ending.errors)
        }
        #expect(said[0] == said[1])
      }
    }

    @Test("K34: a wrong variable is named, and a file that is named and not there is an error")
    func environment() async throws {
      try await Stage.open { stage in
        let wrong = try await stage.evergrant("config", "check", environment: ["EVERGRANT_CONTROL_PORT": "many"])
        #expect(wrong.status == 1 && wrong.errors.contains("EVERGRANT_CONTROL_PORT in the environment"))
        let none = try await stage.evergrant("config", environment: ["EVERGRANT_CONFIG": stage.file("none.yaml")])
        #expect(none.status == 1 && none.errors.contains("EVERGRANT_CONFIG names it"))
        let key = ["EVERGRANT_KEY_FILE": "evk_0123456789"]
        let itself = try await stage.evergrant("config", "check", environment: key)
        #expect(
          itself.status == 1 && itself.errors.contains("is a secret itself") && !itself.errors.contains("0123456789"))
        #expect(try await !stage.succeed(["config"], environment: key).output.contains("0123456789"))
        #expect(try await stage.evergrant("config", "check").status == 0)
      }
    }
  }
}
