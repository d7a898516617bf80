import TestKit

extension Project {
  static let evergrant = file(".build/debug/evergrant")
  static let python = file(".build/venv/bin/python")
}
