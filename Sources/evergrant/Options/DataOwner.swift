import Foundation
import Store

/// Whose data a command works on.
enum DataOwner {
  /// The user that this process is, by name.
  static var name: String { DataFolder.name(of: geteuid()) }

  /// Root does not work on data that is another user's: from here on the process is that user, for good. So `sudo evergrant
  /// status` leaves no file behind that the server cannot read, and nothing that talks to the network is root.
  static func become(of path: String) throws {
    var folder = stat()
    guard geteuid() == 0, stat(path, &folder) == 0, folder.st_uid != 0 else { return }
    guard let user = getpwuid(folder.st_uid) else {
      throw Denied("\(path) belongs to user \(folder.st_uid), who has no name here. Give it to a user of this machine.")
    }
    let name = String(cString: user.pointee.pw_name), home = String(cString: user.pointee.pw_dir)
    guard initgroups(name, user.pointee.pw_gid) == 0, setgid(user.pointee.pw_gid) == 0,
      setuid(folder.st_uid) == 0, setuid(0) != 0
    else { throw Denied("This process cannot become the user whom \(path) belongs to.") }
    setenv("HOME", home, 1)
  }
}
