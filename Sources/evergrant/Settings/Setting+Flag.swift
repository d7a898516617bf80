import ArgumentParser

/// The flag of a setting, with the name and the help that the table gives it.
extension Option {
  /// Nil where the command line does not have it, so that what is set elsewhere counts.
  init<Flagged: ExpressibleByArgument>(
    _ setting: Settings.Name<Flagged>, completion: CompletionKind? = nil
  ) where Value == Flagged? {
    let setting = Settings.table[keyPath: setting]
    self.init(name: .customLong(setting.flagName), help: ArgumentHelp(setting.help), completion: completion)
  }

  /// A list, as a flag that may come several times; nothing where the command line does not have it.
  init(each setting: Settings.Name<String>) where Value == [String] {
    let setting = Settings.table[keyPath: setting]
    self.init(wrappedValue: [], name: .customLong(setting.flagName), help: ArgumentHelp(setting.help))
  }
}

extension Flag where Value == Bool {
  /// A flag can only switch on: without it, what is set elsewhere counts (``Settings/isOn(_:flag:)``).
  init(_ setting: Settings.Name<Bool>) {
    let setting = Settings.table[keyPath: setting]
    self.init(wrappedValue: false, name: .customLong(setting.flagName), help: ArgumentHelp(setting.help))
  }
}
