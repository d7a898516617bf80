import Foundation
import NIOCore
import NIOPosix
import Store
import Testing

extension RealPrograms {
  /// Where a server does not start: it says why and what to do, in one sentence, and ends.
  @Suite("refusals to start") struct Refusals {
    private static let servers = [["serve", "--port", "0", "--control-port", "0"], ["issuer", "serve"]]

    private func refused(
      _ stage: Stage, _ arguments: [String], saying words: String..., location: SourceLocation = #_sourceLocation
    ) async throws {
      let ending = try await stage.start(arguments).ending()
      #expect(ending.status == 1, sourceLocation: location)
      #expect(ending.output == "", sourceLocation: location)
      let sentences = ending.errors.split(separator: "\n").filter { $0.hasPrefix("evergrant: ") }
      #expect(sentences.count == 1, "\(ending.errors)", sourceLocation: location)
      for word in words {
        #expect(sentences.first?.contains(word) == true, "\(ending.errors)", sourceLocation: location)
      }
    }

    @Test("a port that another program has")
    func port() async throws {
      try await Stage.open { stage in
        let other = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
          .bind(host: "127.0.0.1", port: 0).get()
        let port = "\(other.localAddress?.port ?? 0)", data = ["--data", stage.keeperData]
        try await refused(
          stage, ["serve", "--port", port, "--control-port", "0"] + data, saying: "Port \(port) ", "is taken",
          "another port")
        try await refused(
          stage, ["serve", "--port", "0", "--control-port", port] + data, saying: "Port \(port) ", "is taken",
          "another port")
        try await refused(
          stage, ["issuer", "serve", "--port", port, "--data", stage.issuerData], saying: "Port \(port) ", "is taken",
          "another port")
        try await other.close()
      }
    }

    @Test(
      "a port that is none, or more threads than any machine has",
      arguments: [
        ["serve", "--port", "99999"], ["serve", "--port=-1"], ["serve", "--control-port", "65536"],
        ["issuer", "serve", "--port", "99999"], ["console", "--control-port=-5"], ["serve", "--threads", "100000"],
      ])
    func numbers(_ command: [String]) async throws {
      try await Stage.open { stage in
        let flag = try #require(command.first { $0.hasPrefix("--") }?.split(separator: "=").first)
        let ending = try await stage.evergrant(command + ["--data", stage.keeperData], environment: [:])
        #expect(ending.status == 1 && ending.output.isEmpty)
        #expect(ending.errors.contains("\(flag) must be a "), "\(ending.errors)")
      }
    }

    @Test(
      "an issuer whose address is none that people could open",
      arguments: ["notaurl", "http://id.example", "https://id.example/issuer", "ftp://127.0.0.1"])
    func baseURL(_ address: String) async throws {
      try await Stage.open { stage in
        try await refused(
          stage, ["issuer", "serve", "--port", "0", "--base-url", address, "--data", stage.issuerData],
          saying: "base-url \(address)", "https://")
      }
    }

    @Test(
      "an issuer that would let in pages of an origin that no browser names, or of any",
      arguments: ["*", "null", "https://shop.example/", "http://shop.example", "https://Shop.example", "shop.example"])
    func allowedOrigin(_ origin: String) async throws {
      try await Stage.open { stage in
        try await refused(
          stage,
          [
            "issuer", "serve", "--port", "0", "--allow-origin", "https://shop.example", "--allow-origin", origin,
            "--data", stage.issuerData,
          ], saying: "allow-origin has \(origin)", "https://")
      }
    }

    @Test("a folder that cannot be written", arguments: servers)
    func folder(_ server: [String]) async throws {
      try await Stage.open { stage in
        try stage.write("", to: stage.file("plain"))
        try await refused(
          stage, server + ["--data", stage.file("plain/data")], saying: stage.file("plain/data"), "cannot be made",
          "--data")
        // The superuser can write anywhere.
        guard getuid() != 0 else { return }
        try FileManager.default.createDirectory(
          atPath: stage.file("locked"), withIntermediateDirectories: true, attributes: [.posixPermissions: 0o500])
        try await refused(
          stage, server + ["--data", stage.file("locked")], saying: stage.file("locked"), "not writable", "--data")
      }
    }

    @Test("jobs on other machines need a certificate or a TLS proxy, and one that can be used")
    func remote() async throws {
      try await Stage.open { stage in
        let serve = ["serve", "--port", "0", "--control-port", "0", "--data", stage.keeperData]
        try await refused(stage, serve + ["--remote-port", "0"], saying: "tls-certificate", "behind-tls-proxy")
        try await refused(stage, serve + ["--tls-key", "/some/where"], saying: "remote-port")
        try await refused(
          stage, serve + ["--remote-port", "0", "--behind-tls-proxy", "proxy.example"], saying: "no IP address")
        let torn = stage.file("torn.pem")
        try stage.write("-----BEGIN CERTIFICATE-----\n", to: torn)
        try await refused(
          stage, serve + ["--remote-port", "0", "--tls-certificate", torn, "--tls-key", torn], saying: torn, "PEM")
      }
    }

    @Test("a job elsewhere calls by TLS under the name that the certificate has, and under no other")
    func byTLS() async throws {
      try await Stage.open { stage in
        _ = try await stage.openShop()
        let key = try stage.read(try await stage.addKey(allowing: "GET /crm/rest/v2/contacts"))
        try stage.write("header = \"X-API-Key: \(key)\"\n", to: stage.file("curl.conf"))
        let certificate = stage.file("certificate.pem"), privateKey = stage.file("key.pem")
        let made = try await stage.run(
          "/usr/bin/openssl",
          [
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1",
            "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", privateKey, "-out",
            certificate,
          ])
        try #require(made.status == 0, "\(made.errors)")
        let keeper = try await stage.startKeeper(options: [
          "--remote-port", "0", "--remote-host", "127.0.0.1", "--tls-certificate", certificate, "--tls-key", privateKey,
        ])
        let port = try #require(keeper.remotePort)
        for (name, status) in [("localhost", 0), ("127.0.0.1", 60)] {
          let ending = try await stage.run(
            "/usr/bin/curl",
            [
              "--silent", "--fail", "--ipv4", "--cacert", certificate, "--config", stage.file("curl.conf"),
              "https://\(name):\(port)/via/shop/crm/rest/v2/contacts",
            ])
          #expect(ending.status == Int32(status), "\(ending.errors)")
          #expect(ending.output.contains("contacts") == (status == 0))
        }
        #expect(try await keeper.program.terminate().status == 0)
      }
    }

    @Test("root works on another user's data as that user", .enabled(if: geteuid() == 0))
    func otherUser() async throws {
      try await Stage.open { stage in
        let nobody = try #require(getpwnam("nobody")).pointee
        _ = try await stage.succeed(["key", "list", "--data", stage.keeperData])
        for path in try [""] + FileManager.default.subpathsOfDirectory(atPath: stage.keeperData) {
          #expect(chown(stage.keeperData + "/" + path, nobody.pw_uid, nobody.pw_gid) == 0)
        }
        // The test's own folder is root's alone.
        #expect(chmod(stage.file(""), 0o711) == 0)
        _ = try await stage.succeed(["alert", "list", "--data", stage.keeperData])
        let copy = try await stage.evergrant("backup", stage.file("copy"), "--data", stage.keeperData)
        #expect(copy.status == 1 && copy.errors.contains("Permission denied"), "\(copy.errors)")
        for path in try FileManager.default.subpathsOfDirectory(atPath: stage.keeperData) {
          var file = stat()
          #expect(stat(stage.keeperData + "/" + path, &file) == 0 && file.st_uid == nobody.pw_uid, "\(path)")
        }
      }
    }

    @Test("a key file that is missing, open to others, or damaged", arguments: servers)
    func key(_ server: [String]) async throws {
      try await Stage.open { stage in
        try await prepare(stage)
        let data = server[0] == "serve" ? stage.keeperData : stage.issuerData
        let arguments = server + ["--data", data], key = data + "/key"
        let content = try stage.read(key) + "\n"

        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: key)
        try await refused(stage, arguments, saying: key, "chmod 600")
        try stage.write("1 not-a-key\n", to: key)
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: key)
        try await refused(stage, arguments, saying: key, "damaged", "backup")
        try FileManager.default.removeItem(atPath: key)
        try await refused(stage, arguments, saying: key, "missing", "Put the one back")
        #expect(!FileManager.default.fileExists(atPath: key))

        try stage.write(content, to: key)
        if server[0] == "serve" {
          try await stage.startKeeper().program.kill()
        } else {
          try await stage.startIssuer().kill()
        }
      }
    }

    @Test("a database that a newer version has written", arguments: servers)
    func newer(_ server: [String]) async throws {
      try await Stage.open { stage in
        try await prepare(stage)
        let data = server[0] == "serve" ? stage.keeperData : stage.issuerData
        let file = data + (server[0] == "serve" ? "/keeper.sqlite" : "/issuer.sqlite")
        try await SQLite(path: file).write { try $0.execute("INSERT INTO schema_versions (version) VALUES (99)") }
        try await refused(
          stage, server + ["--data", data], saying: file, "newer version", "99", "install that version")
      }
    }

    /// Data of both sides, as two commands leave it.
    private func prepare(_ stage: Stage) async throws {
      try await stage.addTenant("Acme")
      try await stage.addApp()
    }
  }
}
