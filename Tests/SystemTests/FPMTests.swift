import Foundation
import NetworkKit
import Synchronization
import TestKit
import Testing
import Wire

extension RealPrograms {
  /// A PHP portal as it runs in production: PHP-FPM, workers side by side, a session for each visitor.
  @Suite("PHP-FPM", .alone) struct FPM {
    private struct Page: Decodable {
      var pages: Int
      var worker: Int
      var generation: Int64
      var status: Int
      /// Whether the token's time was over when the API's answer was here.
      var over: Bool
      var says: String
    }

    @Test("two workers that get their token at session start share one refresh per expiry, and none is refused")
    func sessions() async throws {
      try await Stage.open { stage in
        let began = ContinuousClock.now
        let (_, app) = try await stage.openShop(lifetime: 1)
        let keyFile = stage.secrets + "/key of portal"
        try await stage.succeed(
          ["key", "add", "portal", "--connection", "shop", "--tokens"] + [
            "--key-file", keyFile, "--data", stage.keeperData,
          ])
        let keeper = try await stage.startKeeper()
        let fpm = try await Workers(
          stage,
          [
            "KEY_FILE": keyFile, "TOKEN_ADDRESS": "http://127.0.0.1:\(keeper.controlPort)/v1/token/shop",
            "API_ADDRESS": stage.issuerAddress + "/crm/rest/v1/oauth/connect/userinfo",
          ])
        let seen = Generations(), end = ContinuousClock.now + farOff
        let pages = try await withThrowingTaskGroup(of: [Page].self) { group in
          for visitor in ["ann", "bob"] {
            group.addTask {
              var pages: [Page] = []
              repeat {
                let page = try await fpm.page(for: visitor)
                seen.note(page.generation)
                pages.append(page)
              } while seen.refreshes < Sharing.refreshes && ContinuousClock.now < end
              #expect(pages.last?.pages == pages.count, "\(visitor)'s session holds")
              return pages
            }
          }
          return try await group.reduce(into: []) { $0 += $1 }
        }
        // A token that is over by the time of its answer may have been refused for that.
        #expect(pages.filter { $0.status != 200 && !$0.over }.map(\.says) == [])
        #expect(pages.filter { $0.status == 200 }.count > 3)
        #expect(Set(pages.map(\.worker)).count == 2)
        #expect(try await stage.status().0.trouble == nil)
        // What is refreshed between two looks would count in one of them.
        #expect(try await keeper.program.terminate().status == 0)
        let rotations = try await stage.grants(of: app).rotations
        #expect(try await rotations == stage.status().0.generation - 1)
        #expect(rotations >= Sharing.refreshes)
        #expect(Set(pages.map(\.generation)).count > 3)
        // A refresh is due when at least 75 of 100 parts of the lifetime are over.
        #expect(Double(rotations) <= (ContinuousClock.now - began) / .milliseconds(750 * stage.stretched(1)) + 1)
        print("PHP-FPM: \(pages.count) pages, \(rotations) refreshes")
      }
    }

    /// The generations of the token that visitors have seen.
    private final class Generations: Sendable {
      private let span = Mutex<(first: Int64, last: Int64)?>(nil)

      /// - Parameter generation: 0 where a page had no token.
      func note(_ generation: Int64) {
        guard generation > 0 else { return }
        span.withLock { span in
          span = (first: min(span?.first ?? generation, generation), last: max(span?.last ?? generation, generation))
        }
      }

      var refreshes: Int64 { span.withLock { span in span.map { $0.last - $0.first } ?? 0 } }
    }

    /// PHP-FPM with two workers, and nothing of this machine's own PHP settings.
    private struct Workers {
      let stage: Stage
      let port: Int
      let page: [String: String]

      init(_ stage: Stage, _ page: [String: String]) async throws {
        self.stage = stage
        self.page = page
        port = try await freePort()
        let folder = "/usr/sbin"
        let name = try #require(
          try FileManager.default.contentsOfDirectory(atPath: folder).first { $0.hasPrefix("php-fpm") },
          "PHP-FPM is missing: run scripts/setup test")
        let user = geteuid() == 0 ? "user = root\ngroup = root\n" : ""
        try stage.write(
          """
          [global]
          error_log = \(stage.file("fpm.log"))
          daemonize = no
          [portal]
          listen = 127.0.0.1:\(port)
          \(user)pm = static
          pm.max_children = 2
          php_admin_value[session.save_path] = \(stage.temporary)

          """, to: stage.file("fpm.conf"))
        let root = geteuid() == 0 ? ["--allow-to-run-as-root"] : []
        _ = try stage.start(
          folder + "/" + name, ["--nodaemonize", "--no-php-ini", "--fpm-config", stage.file("fpm.conf")] + root)
        try await eventually("PHP-FPM answers") { (try? await self.page(for: "nobody")) != nil }
      }

      /// Asks for the page as a web server does.
      func page(for visitor: String) async throws -> Page {
        let script = Project.file("Tests/SystemTests/Fixtures/samples/fpm/page.php")
        let ending = try await stage.run(
          "/usr/bin/cgi-fcgi", ["-bind", "-connect", "127.0.0.1:\(port)"],
          environment: page.merging([
            "SCRIPT_FILENAME": script, "SCRIPT_NAME": "/page.php", "REQUEST_METHOD": "GET", "CONTENT_LENGTH": "0",
            "HTTP_COOKIE": "PHPSESSID=\(visitor)", "QUERY_STRING": "",
          ]) { $1 })
        guard let body = ending.output.firstRange(of: "\r\n\r\n").map({ ending.output[$0.upperBound...] }) else {
          throw Missed("The page said: \(ending.output)\(ending.errors)")
        }
        return try JSONDecoder().decode(Page.self, from: Data(body.utf8))
      }
    }
  }
}
