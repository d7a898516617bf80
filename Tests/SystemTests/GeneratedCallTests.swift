import Foundation
import TestKit
import Testing

extension RealPrograms {
  /// Calls that schemathesis makes of Keap's descriptions; `Tests/SystemTests/Fixtures/schemas/generated_calls.py` says which, and
  /// what must come back.
  @Suite("calls made of Keap's descriptions") struct GeneratedCalls {
    /// What the script tells.
    struct Told: Decodable {
      var operations: Int
      /// Operations that did what was asked, at least once.
      var done: Int
      var calls: Int
      var faults: Int
      var seconds: Int
    }

    @Test("what is sent to an operation that works is answered with a status and in a form that Keap describes")
    func described() async throws {
      let isThere = FileManager.default.isExecutableFile(atPath: Project.python)
      try #require(isThere, "Schemathesis is missing: run scripts/python-venv")
      let script = Project.file("Tests/SystemTests/Fixtures/schemas/generated_calls.py")
      try await Stage.open { stage in
        _ = try await stage.openShop()
        let token = try stage.keep(try await stage.token().accessToken, as: "access token")
        let ending = try await stage.run(Project.python, [script, "\(stage.issuerAddress)/crm/rest", token])
        #expect(ending.status == 0, "\(ending.errors)")
        let told = try ending.decoded(Told.self)
        #expect(told.faults == 0)
        print(
          "\(told.calls) calls of \(told.operations) operations in \(told.seconds) s; \(told.done) did what was asked")
      }
    }
  }
}
