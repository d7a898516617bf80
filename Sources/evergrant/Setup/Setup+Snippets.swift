import Wire

extension Setup {
  /// What the operator pastes, as data on standard output.
  var snippets: String {
    get throws {
      let settings = try Settings()
      let address =
        "http://\(Origin.authority(host: try settings.required(\.host), port: try settings.required(\.port)))"
      // A service's files are its own, so a job has a copy that its own user can read.
      let keyFile = owner == nil ? keyFile : "/etc/evergrant/\(connection).key"
      let copy =
        owner == nil
        ? ""
        : """

        # The key, for the user that the job runs as; for PHP in a web server that is www-data
        sudo install -m 400 -o www-data \(self.keyFile) \(keyFile)

        """
      let server =
        owner == nil
        ? """
        # The server that keeps the grant alive and takes these calls
        \(serve)
        """
        : """
        # The server that keeps the grant alive and takes these calls is the service evergrant
        systemctl status evergrant
        """
      let lines =
        entry.contacts == .keap
        ? """
        # PHP\(owner == nil ? ", with php/Evergrant.php beside it" : "")
        require '\(owner == nil ? "Evergrant.php" : "/usr/share/doc/evergrant/examples/php/Evergrant.php")';
        $contacts = new Evergrant\\Contacts('\(address)', trim(file_get_contents('\(keyFile)')), '\(connection)');
        $contacts->upsert(['email' => 'ada@example.org', 'given_name' => 'Ada']);

        # \(owner == nil ? "crontab" : "crontab of the job's user (sudo crontab -u www-data -e)"): every night at 03:00
        EVERGRANT_URL=\(address)
        EVERGRANT_CONNECTION=\(connection)
        EVERGRANT_KEY_FILE=\(keyFile)
        0 3 * * *  \(CommandLineText.cron([ThisProgram.path, "contacts", "import", "/srv/shop/customers.csv", "--match", "email"]))
        """
        : """
        # A job's call
        curl -H "X-API-Key: $(cat \(keyFile))" '\(address)/via/\(connection)/…'
        """
      return """
        \(copy)
        \(lines)

        \(server)
        """
    }
  }
}
