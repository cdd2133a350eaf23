package policy

import (
	"cel.dev/cel-go/common/ast"

	"github.com/lazaret/lazaret/inspect"
)

// simple reports whether the work of an expression is known before it is done: it has no
// loops, or loops over findings that have none inside.
func simple(tree *ast.AST) bool {
	m, ok := monotony{tree: tree}, true
	ast.PreOrderVisit(tree.Expr(), ast.NewExprVisitor(func(x ast.Expr) {
		if x.Kind() == ast.ComprehensionKind {
			over := x.AsComprehension()
			ok = ok && m.list(over.IterRange()) && !loops(over.LoopStep())
		}
	}))
	return ok
}

func loops(x ast.Expr) (yes bool) {
	ast.PreOrderVisit(x, ast.NewExprVisitor(func(x ast.Expr) { yes = yes || x.Kind() == ast.ComprehensionKind }))
	return yes
}

// cost is what an evaluation that CEL does not count is charged with: a unit for each part
// of the expression, more for long texts that it may read, for each finding that it
// is asked about.
func (e *expression) cost(f *inspect.Finding, findings int) uint64 {
	n := e.nodes
	switch {
	case e.each && f != nil:
		n += e.nodes * (len(f.Path) + len(f.Evidence) + len(f.CreatedBy)) / 500
	case e.whole:
		n *= 1 + findings
	}
	return uint64(n)
}
