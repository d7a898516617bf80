import Foundation
import TestKit
import Testing

extension RealPrograms {
  /// `make drill` in a few seconds: fewer kills, and the claims of dead keepers are not waited for.
  @Suite("drill", .alone) struct Drill {
    @Test(
      "keepers that are killed at every moment of a refresh, and two on one folder, lose no grant that need not be lost",
      arguments: [
        ["kills", "--kills", "21", "--each-moment", "2"], ["two-keepers", "--seconds", "8", "--connections", "24"],
      ])
    func short(part: [String]) async throws {
      try await Stage.open { stage in
        let ending = try await stage.run(
          Project.file(".build/debug/drill"),
          ["--binary", Project.evergrant, "--folder", stage.temporary, "--limit", "600", "--hurried", "--only"] + part)
        #expect(ending.status == 0, "\(ending.output)\(ending.errors)")
        #expect(ending.output.contains("no grant was lost that need not be"))
      }
    }
  }
}
