import ArgumentParser
import Foundation
import OAuth
import Store

/// Secrets come from a file or a prompt that does not echo, never from the command line.
enum SecretInput {
  static func read(file: String?, prompt: String) throws -> Secret {
    let text: String
    if let file {
      guard let content = try? String(contentsOfFile: file, encoding: .utf8) else {
        throw Denied(
          Settings.isSecret(file)
            ? "\(prompt): a file that holds the secret is to be named, and not the secret itself."
            : access(file, F_OK) == 0 || errno != ENOENT
              ? "The file \(file) cannot be read by the user \(DataOwner.name). Give that user a copy, or hand it over "
                + "on standard input where it is asked for: … < \(file)"
              : "\(prompt): there is no file \(file)."
        )
      }
      text = content
    } else if isatty(STDIN_FILENO) == 1 {
      text = HiddenLine.read(prompt + ": ") ?? ""
    } else {
      text = readLine() ?? ""
    }
    let secret = text.trimmingCharacters(in: .newlines)
    guard !secret.isEmpty else { throw Denied("\(prompt): nothing was given\(file.map { ", \($0) is empty" } ?? "").") }
    return Secret(secret)
  }

  /// A secret that counts from now on. At a terminal it is typed twice, since nobody sees there what they type.
  static func readNew(file: String?, prompt: String) throws -> Secret {
    let secret = try read(file: file, prompt: prompt)
    guard file == nil, isatty(STDIN_FILENO) == 1 else { return secret }
    guard try read(file: nil, prompt: "\(prompt) again") == secret else {
      throw Denied("\(prompt): what was typed the second time differs from the first, so nothing was changed.")
    }
    return secret
  }

  /// Makes something with a secret that is shown once: in a new private file, or on standard output.
  ///
  /// - Parameter make: calls `keep` with the secret before the secret counts anywhere, and returns the secret, or nil where
  ///   there is none. Nothing is made where the file cannot be made or cannot hold the secret.
  static func showOnce(
    in file: String?, _ make: (_ keep: @escaping @Sendable (Secret) throws -> Void) async throws -> Secret?
  ) async throws {
    guard let file else {
      if let secret = try await make({ _ in }) { print(secret.exposed) }
      return
    }
    try DataFolder.writePrivately("", to: file)
    do {
      if try await make({ try DataFolder.replace(file, by: $0.exposed + "\n") }) == nil { unlink(file) }
    } catch {
      unlink(file)
      throw error
    }
  }
}

/// The terminal as it was, for a handler of signals, which may use little else.
nonisolated(unsafe) private var asItWas = termios()

/// A line from the terminal that is not shown while it is typed.
private enum HiddenLine {
  static func read(_ prompt: String) -> String? {
    tcgetattr(STDIN_FILENO, &asItWas)
    var hidden = asItWas
    hidden.c_lflag &= ~tcflag_t(ECHO)
    hidden.c_lflag |= tcflag_t(ECHONL)
    // Ctrl-C ends the program here as it does elsewhere, and leaves a terminal that shows what is typed. Ctrl-Z does nothing:
    // the shell would make the terminal show what is typed, in the middle of the secret.
    let handlers =
      [SIGINT, SIGTERM, SIGHUP].map { number in
        (
          number,
          signal(number) { number in
            tcsetattr(STDIN_FILENO, TCSANOW, &asItWas)
            signal(number, SIG_DFL)
            raise(number)
          }
        )
      } + [SIGTSTP, SIGQUIT].map { ($0, signal($0, SIG_IGN)) }
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden)
    defer {
      tcsetattr(STDIN_FILENO, TCSANOW, &asItWas)
      for (number, handler) in handlers { signal(number, handler) }
    }
    FileHandle.standardError.write(Data(prompt.utf8))
    return readLine()
  }
}
