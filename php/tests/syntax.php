<?php

// Names whatever of a file PHP 7.4 would not read, as Debian's php-parser tells it: syntax.php FILE…

declare(strict_types=1);

require 'PhpParser/autoload.php';

use PhpParser\Node;

function newer(Node $node, array $lines): ?string
{
    $type = static fn ($type): bool => $type instanceof Node\UnionType || $type instanceof Node\IntersectionType
        || ($type instanceof Node\Identifier && in_array($type->toLowerString(), ['mixed', 'never', 'false', 'null', 'true'], true))
        || ($type instanceof Node\Name && $type->toLowerString() === 'static');
    switch (true) {
        case $node instanceof Node\Expr\Match_: return 'match';
        case $node instanceof Node\Expr\NullsafeMethodCall:
        case $node instanceof Node\Expr\NullsafePropertyFetch: return '?->';
        case $node instanceof Node\Expr\Throw_: return 'throw as an expression';
        case $node instanceof Node\Stmt\Enum_: return 'enum';
        case $node instanceof Node\Stmt\Catch_ && $node->var === null: return 'catch without a variable';
        case $node instanceof Node\Arg && $node->name !== null: return 'a named argument';
        case $node instanceof Node\VariadicPlaceholder: return 'a first-class callable';
        case $node instanceof Node\AttributeGroup:
            // To 7.4 a line that begins with # is a comment.
            $line = trim($lines[$node->getStartLine() - 1]);
            return $line[0] === '#' && substr($line, -1) === ']' ? null : 'an attribute beside code';
        case $node instanceof Node\Param && $node->flags !== 0: return 'a promoted parameter';
        case $node instanceof Node\Stmt\Property && ($node->flags & Node\Stmt\Class_::MODIFIER_READONLY) !== 0: return 'readonly';
        case $node instanceof Node\Expr\ClassConstFetch && $node->class instanceof Node\Expr && $node->name instanceof Node\Identifier && $node->name->toLowerString() === 'class': return '::class of an object';
        case ($node instanceof Node\Param || $node instanceof Node\Stmt\Property) && $type($node->type): return 'a type';
        case $node instanceof Node\FunctionLike && $type($node->getReturnType()): return 'a return type';
    }
    return null;
}

$functions = ['str_contains', 'str_starts_with', 'str_ends_with', 'get_debug_type', 'array_is_list', 'array_find'];
$found = 0;
foreach (array_slice($argv, 1) as $file) {
    $lexer = new PhpParser\Lexer\Emulative(['phpVersion' => '7.4']);
    $lines = file($file);
    if (preg_match('/\b(?:function|fn)\b[^{;]*?,\s*\)\s*(?:\{|:|=>|use\b)/', implode('', $lines))) {
        echo "$file: a comma after the last parameter came after PHP 7.4.\n";
        $found++;
    }
    $tree = (new PhpParser\ParserFactory())->create(PhpParser\ParserFactory::ONLY_PHP7, $lexer)->parse(file_get_contents($file));
    foreach ((new PhpParser\NodeFinder())->find($tree, static fn () => true) as $node) {
        $what = newer($node, $lines);
        if ($node instanceof Node\Expr\FuncCall && $node->name instanceof Node\Name && in_array($node->name->toLowerString(), $functions, true)) {
            $what = $node->name->toString() . '()';
        }
        if ($what !== null) {
            echo "$file:{$node->getStartLine()}: $what came after PHP 7.4.\n";
            $found++;
        }
    }
}
exit($found === 0 ? 0 : 1);
