package policy

import (
	"errors"
	"fmt"
	"net/netip"
	"path"
	"slices"
	"strings"
	"sync"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	"github.com/lazaret/lazaret/inspect"
)

// Bounds on one expression, so that no policy can hang a pull: how much it may hold, and
// how much one evaluation may do, in CEL's units of cost.
const (
	maxExpression = 4096 // bytes
	maxNodes      = 500
	maxCost       = 500_000
)

// Variables of expressions.
const (
	varImage    = "image"
	varUpstream = "upstream"
	varClient   = "client"
	varFinding  = "finding"
	varFindings = "findings"
	varNow      = "now"
)

// variables are all of them: no loop may take their names.
var variables = []string{varImage, varUpstream, varClient, varFinding, varFindings, varNow}

// language is what expressions are written in: CEL's standard with the vocabulary, the
// levels, and two functions. Making it takes milliseconds, and nothing changes it.
var language = sync.OnceValues(func() (*cel.Env, error) {
	registry, err := types.NewRegistry()
	if err != nil {
		return nil, fmt.Errorf("policy: set up expressions: %w", err)
	}
	options := []cel.EnvOption{
		cel.CustomTypeAdapter(registry), cel.CustomTypeProvider(provider{registry}),
		cel.EnableMacroCallTracking(), cel.ParserExpressionSizeLimit(maxExpression), cel.ExpressionNodeLimit(maxNodes),
		cel.Variable(varImage, cel.ObjectType(imageObject)), cel.Variable(varUpstream, cel.ObjectType(upstreamObject)), cel.Variable(varClient, cel.ObjectType(clientObject)), cel.Variable(varNow, cel.TimestampType),
		cel.Variable(varFinding, cel.ObjectType(findingObject)), cel.Variable(varFindings, cel.ListType(cel.ObjectType(findingObject))),
		binary("inNetwork", inNetwork), binary("glob", isGlob),
	}
	for l := inspect.Low; l <= inspect.Critical; l++ {
		options = append(options, cel.Constant(l.String(), cel.IntType, types.Int(l)))
	}
	return cel.NewEnv(options...)
})

// binary declares text.NAME(text) -> bool.
func binary(name string, f func(a, b string) ref.Val) cel.EnvOption {
	return cel.Function(name, cel.MemberOverload("string_"+name+"_string", []*cel.Type{cel.StringType, cel.StringType}, cel.BoolType,
		cel.BinaryBinding(func(a, b ref.Val) ref.Val {
			x, ok := a.(types.String)
			y, also := b.(types.String)
			if !ok || !also {
				return types.NewErr("%s: not a text", name)
			}
			return f(string(x), string(y))
		})))
}

func inNetwork(address, network string) ref.Val {
	if _, err := netip.ParsePrefix(network); err != nil {
		return types.NewErr("not a network: %.60q", network)
	}
	return types.Bool(isClient(network, Client{Address: address}))
}

func isGlob(s, pattern string) ref.Val {
	ok, err := path.Match(pattern, s)
	if err != nil {
		return types.NewErr("not a pattern: %.60q", pattern)
	}
	return types.Bool(ok)
}

// An expression is a rule's condition, compiled, with what it asks for.
type expression struct {
	text    string
	program cel.Program

	each     bool     // asked for each finding
	whole    bool     // asks for all findings
	presence bool     // asks whether something of the config is there
	asks     uses     // what else its answer hangs on
	fields   []string // of the finding
	vars     []string // of the registry, as far as they are named

	tracked bool // CEL counts what an evaluation costs, which doubles it; else it is known before
	nodes   int
}

// uses are things that a verdict may hang on beside the image and its reports.
type uses struct{ tag, upstream, client, now, firstSeen bool }

func (u uses) or(v uses) uses {
	return uses{u.tag || v.tag, u.upstream || v.upstream, u.client || v.client, u.now || v.now, u.firstSeen || v.firstSeen}
}

// A place of an expression, and what is wrong there.
type fault struct {
	line, column int // from 1 and from 0
	what         string
}

func (f *fault) Error() string { return f.what }

// compile makes an expression of a rule with that action.
func compile(text string, action Effect) (*expression, []*fault) {
	env, err := language()
	if err != nil {
		return nil, []*fault{{1, 0, err.Error()}}
	}
	checked, issues := env.Compile(text)
	if issues.Err() != nil {
		var faults []*fault
		for _, e := range issues.Errors() {
			faults = append(faults, &fault{max(1, e.Location.Line()), max(0, e.Location.Column()), e.Message})
		}
		return nil, faults
	}
	if checked.OutputType() != cel.BoolType {
		return nil, []*fault{{1, 0, fmt.Sprintf("it is of type %s, not a condition that is true or false", checked.OutputType())}}
	}
	e := &expression{text: text}
	tree := checked.NativeRep()
	if f := e.survey(tree); f != nil {
		return nil, []*fault{f}
	}
	options := []cel.ProgramOption{cel.EvalOptions(cel.OptOptimize)}
	if e.tracked {
		options = append(options, cel.CostLimit(maxCost))
	}
	if e.program, err = env.Program(checked, options...); err != nil {
		return nil, []*fault{{1, 0, err.Error()}}
	}
	if f := e.monotone(tree, action); f != nil {
		return nil, []*fault{f}
	}
	return e, nil
}

// survey notes what an expression asks for, and checks constants.
func (e *expression) survey(tree *ast.AST) (bad *fault) {
	visit := func(x ast.Expr) {
		switch x.Kind() {
		case ast.IdentKind:
			switch x.AsIdent() {
			case varFinding:
				e.each = true
			case varFindings:
				e.whole = true
			case varUpstream:
				e.asks.upstream = true
			case varClient:
				e.asks.client = true
			case varNow:
				e.asks.now = true
			}
		case ast.SelectKind:
			e.selects(x.AsSelect())
		case ast.ComprehensionKind:
			if name := x.AsComprehension().IterVar(); bad == nil && slices.Contains(variables, name) {
				bad = faultAt(tree, x, name+" is taken: give what "+varFindings+" are asked for another name")
			}
		case ast.CallKind:
			e.looksUp(x.AsCall())
			if err := constants(x.AsCall()); err != nil && bad == nil {
				bad = faultAt(tree, x, err.Error())
			}
		}
	}
	ast.PreOrderVisit(tree.Expr(), ast.NewExprVisitor(visit))
	e.nodes, e.tracked = ast.NodeCount(tree), !simple(tree)
	if bad == nil && e.each && e.whole {
		bad = &fault{1, 0, "finding is one, findings are all: a rule is about the one or the others (correlation joins findings)"}
	}
	return bad
}

func (e *expression) selects(x ast.SelectExpr) {
	if isVars(x.Operand()) {
		e.vars = append(e.vars, x.FieldName())
	}
	if x.Operand().Kind() != ast.IdentKind {
		return
	}
	name := x.FieldName()
	switch x.Operand().AsIdent() {
	case varFinding:
		if !slices.Contains(e.fields, name) {
			e.fields = append(e.fields, name)
		}
	case varImage:
		e.asks.tag = e.asks.tag || name == "tag"
		e.asks.firstSeen = e.asks.firstSeen || name == "firstSeen"
		e.presence = e.presence || x.IsTestOnly() && vocabulary[imageObject][name].known == byConfig
	}
}

// isVars reports whether an expression is upstream.vars.
func isVars(x ast.Expr) bool {
	if x.Kind() != ast.SelectKind {
		return false
	}
	of := x.AsSelect().Operand()
	return of.Kind() == ast.IdentKind && of.AsIdent() == varUpstream
}

// looksUp notes the variable of upstream.vars["x"] and of "x" in upstream.vars.
func (e *expression) looksUp(c ast.CallExpr) {
	args := c.Args()
	if len(args) != 2 {
		return
	}
	for i, x := range args {
		if name := args[1-i]; isVars(x) && name.Kind() == ast.LiteralKind {
			if text, ok := name.AsLiteral().(types.String); ok {
				e.vars = append(e.vars, string(text))
			}
		}
	}
}

// constants finds networks and patterns that can never be ones.
func constants(c ast.CallExpr) error {
	if len(c.Args()) != 1 || c.Args()[0].Kind() != ast.LiteralKind {
		return nil
	}
	text, ok := c.Args()[0].AsLiteral().(types.String)
	if !ok {
		return nil
	}
	var v ref.Val
	switch c.FunctionName() {
	case "inNetwork":
		v = inNetwork("", string(text))
	case "glob":
		v = isGlob("", string(text))
	}
	if err, ok := v.(*types.Err); ok {
		return errors.New(err.String())
	}
	return nil
}

func faultAt(tree *ast.AST, x ast.Expr, what string) *fault {
	at := tree.SourceInfo().GetStartLocation(x.ID())
	return &fault{max(1, at.Line()), max(0, at.Column()), what}
}

// monotone holds a condition to what findings may be asked: that one more of them makes a
// rule that refuses or warns true and never false, and one that allows false and never true.
// So an exception, which takes findings away, never refuses more, and what is known
// early is not taken back.
func (e *expression) monotone(tree *ast.AST, action Effect) *fault {
	if !e.whole {
		return nil
	}
	m := monotony{tree: tree, permits: action == Permit}
	return m.condition(tree.Expr(), action != Permit)
}

type monotony struct {
	tree    *ast.AST
	permits bool // the rule allows
}

// asks reports whether an expression is about findings.
func (monotony) asks(x ast.Expr) (yes bool) {
	ast.PreOrderVisit(x, ast.NewExprVisitor(func(x ast.Expr) {
		yes = yes || x.Kind() == ast.IdentKind && x.AsIdent() == varFindings
	}))
	return yes
}

// condition checks one that may only become true (rising) or false with more findings.
func (m monotony) condition(x ast.Expr, rising bool) *fault {
	if !m.asks(x) {
		return nil
	}
	switch x.Kind() {
	case ast.CallKind:
		return m.call(x, rising)
	case ast.ComprehensionKind:
		macro, _ := m.tree.SourceInfo().GetMacroCall(x.ID())
		if macro == nil || !m.list(x.AsComprehension().IterRange()) {
			break
		}
		over := x.AsComprehension()
		if m.asks(over.LoopStep()) {
			break
		}
		switch name := macro.AsCall().FunctionName(); {
		case name == operators.Exists && rising, name == operators.All && !rising:
			return nil
		case name == operators.Exists, name == operators.All:
			return m.wrong(x)
		}
	}
	return faultAt(m.tree, x, "findings may only be asked by exists, all, or size of them compared with a number, and of filter")
}

func (m monotony) call(x ast.Expr, rising bool) *fault {
	c := x.AsCall()
	args := c.Args()
	switch f := c.FunctionName(); f {
	case operators.LogicalAnd, operators.LogicalOr:
		for _, a := range args {
			if bad := m.condition(a, rising); bad != nil {
				return bad
			}
		}
		return nil
	case operators.LogicalNot:
		return m.condition(args[0], !rising)
	case operators.Greater, operators.GreaterEquals, operators.Less, operators.LessEquals:
		up := f == operators.Greater || f == operators.GreaterEquals
		left, right := args[0], args[1]
		if m.asks(right) {
			left, right, up = right, left, !up
		}
		if m.asks(right) || !m.size(left) {
			break
		}
		if up != rising {
			return m.wrong(x)
		}
		return nil
	}
	return faultAt(m.tree, x, "findings may only be asked by exists, all, or size of them compared with a number, and of filter")
}

func (m monotony) wrong(x ast.Expr) *fault {
	if m.permits {
		return faultAt(m.tree, x, "a rule that allows must not hold because of a finding: an exception would refuse more")
	}
	return faultAt(m.tree, x, "a rule that refuses or warns must not come to hold because a finding is missing: an exception would refuse more")
}

// size reports whether an expression is the number of some findings.
func (m monotony) size(x ast.Expr) bool {
	if x.Kind() != ast.CallKind || x.AsCall().FunctionName() != "size" {
		return false
	}
	c := x.AsCall()
	if c.IsMemberFunction() {
		return m.list(c.Target())
	}
	return len(c.Args()) == 1 && m.list(c.Args()[0])
}

// list reports whether an expression is the findings, or those of them that a filter takes.
func (m monotony) list(x ast.Expr) bool {
	switch x.Kind() {
	case ast.IdentKind:
		return x.AsIdent() == varFindings
	case ast.ComprehensionKind:
		macro, _ := m.tree.SourceInfo().GetMacroCall(x.ID())
		over := x.AsComprehension()
		return macro != nil && macro.AsCall().FunctionName() == operators.Filter && m.list(over.IterRange()) && !m.asks(over.LoopStep())
	}
	return false
}

// snippet is the line of an expression that something is wrong with, and a mark below it.
func (f *fault) snippet(text string) string {
	lines := strings.Split(text, "\n")
	if f.line > len(lines) {
		return ""
	}
	line := strings.ReplaceAll(lines[f.line-1], "\t", " ")
	return "    " + line + "\n    " + strings.Repeat(" ", min(f.column, len(line))) + "^"
}
