import Testing

@testable import Scan

/// Where code ends and texts and comments begin.
struct LexerTests {
  private func strings(_ text: String, _ language: Language = .php) -> [String] {
    SourceText(Array(text.utf8), language).tokens.filter { $0.kind == .string }.map(\.text)
  }

  @Test("PHP's strings end where PHP ends them")
  func php() {
    #expect(strings(#"<?php $a = 'it\'s' . "a \"b\" \n" . 'c\\';"#) == ["it's", #"a "b" \n"#, #"c\"#])
    #expect(strings("<?php $a = <<<X\n one\n  X1\n  X; $b = 'c';") == ["\n one\n  X1", "c"])
    #expect(strings("<?php $a = <<<'X'\n{$b}\nX;") == ["\n{$b}"])
    #expect(strings("<?php # it's\n// it's ?> it's <?php 'a'; /* 'b' */ 'c' ?> 'd'") == ["a", "c"])
    #expect(strings("<?php \"a {$b['c']} d ${e} $f->g h\"") == ["a \0 d \0 \0 h", "c"])
    #expect(strings("<?php 'a'; __halt_compiler(); 'b'") == ["a"])
    #expect(strings("no code 'a' <?xml version='1.0'?> <?= 'b' ?> 'c'") == ["b"])
    #expect(strings("<?php #[Route('a')]\n'b'") == ["a", "b"])
  }

  @Test("other languages' strings and comments are told apart")
  func others() {
    #expect(strings("a = \"\"\"b 'c' # d\n\"\"\" # 'e'\nf'{g}h'", .python) == ["b 'c' # d\n", "\0h"])
    #expect(strings("a = <<~X\n  'b'\nX\nc 'd' # 'e'\n=begin\n'f'\n=end\n:g", .ruby) == ["\n  'b'\n", "d", "g"])
    #expect(strings("my $a = $#{$b}; 'c';\n=pod\n'd'\n=cut\n\"e $f\"\n__END__\n'g'", .perl) == ["c", "e \0"])
    #expect(strings("var a = @\"b\"\"c\n\" + $\"{d}\"; // \"e\"", .cSharp) == ["b\"c\n", "\0"])
    #expect(strings("<!--- 'a' <!--- 'b' ---> 'c' ---> <cfset d='e'> http://f 'g'", .coldFusion) == ["e", "g"])
    #expect(strings("a =~ /it's/\nb 'c'\nd '<e>\n</e>'", .ruby) == ["c", "<e>\n</e>"])
    #expect(strings("Dim a = \"b\"\"c\" ' \"d\"", .visualBasic) == ["b\"c"])
  }

  @Test("a quote within a pattern begins no string, and a slash that divides no pattern")
  func patterns() {
    #expect(strings("if (/it's/.test(a)) b('c'); d = e / 2 + 'f' / g;", .javaScript) == ["c", "f"])
    #expect(strings("a = b.replace(/[/'\"`]/g, 'c'); return /d\\/'/.test('e')", .javaScript) == ["c", "e"])
    #expect(strings("a = (b) / c + 'd' / e[1] / 'f'; // 'g'", .javaScript) == ["d", "f"])
    #expect(strings("$a =~ /it's/; s{'}{\"}g; tr/'/x/; b('c'); $h{y}{'d'}; f(s => 'e');", .perl) == ["c", "d", "e"])
    #expect(strings("split /'/, 'a'; -s 'b'; $x->m('c'); qr#it's#; m!\"!; $y / 2; 'd'", .perl) == ["a", "b", "c", "d"])
    // What does not end in its line, or not for long, was none.
    #expect(strings("a = /it's\n'b'", .javaScript) == ["s", "b"])
    #expect(strings("a(/\(String(repeating: "x", count: 5_000))'b'/", .javaScript) == ["b"])
  }

  @Test("lines are counted through strings, comments and text around the code")
  func lines() {
    let text =
      "text\n<?php\n/* a\n b */ $app->cfgCon('x');\n$s = \"x\n\ny\"; $app->loadCon(1, <<<X\n a\nX\n);\n?>\n"
      + "<?php $app->optIn(1);"
    #expect(Code.calls(text) == ["7 ContactService.load", "12 APIEmailService.optIn"])
    #expect(Code.calls("<?php $x = \"\n\n<methodName>ContactService.load</methodName>\";") == ["3 ContactService.load"])
  }

  @Test(
    "lines are counted whatever they end with, behind a byte order mark too", arguments: ["\n", "\r\n", "\r"])
  func ends(end: String) {
    let lines = [
      "\u{FEFF}<?php", "// $app->optIn('x');", "$app->cfgCon('x'); # it's", "\t$app->loadCon(1, array());", "",
    ]
    #expect(Code.calls(lines.joined(separator: end)) == ["4 ContactService.load"])
  }

  @Test("bytes that are no UTF-8 are read as Latin-1")
  func latin() {
    let bytes = Array("<?php $grü = 'n".utf8) + [0xFC] + Array("n'; $app->loadCon(1, []);".utf8)
    #expect(SourceText(bytes, .php).tokens.first { $0.kind == .string }?.text == "nün")
    let calls = SourceCalls(calls: [FoundCall(line: 1, column: 27, method: "ContactService.load")])
    #expect(SourceContent.of(bytes, .php, path: "a.php") == .calls(calls))
  }

  @Test("a binary file is no source")
  func binary() {
    #expect(SourceContent.of([0x7F, 0x45, 0, 1], .php, path: "a.php") == .binary)
  }
}
